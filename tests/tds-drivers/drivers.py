"""The three clients behind one face: connect, run, errors as (number, state, class, line, text)."""

import os
import tempfile


class Unknown:
    """Equals anything: what a client does not tell."""

    def __eq__(self, other):
        return True

    def __repr__(self):
        return "unknown"


UNKNOWN = Unknown()


class Target:
    """Where the server is and who may log in."""

    def __init__(self, port, user, password, authority, name):
        self.port, self.user, self.password, self.authority, self.name = port, user, password, authority, name


class MsSqlPython:
    """Microsoft's ODBC driver. Numbers and lines of messages are not shown by the binding, texts are."""

    name = "mssql-python"
    refuses_certificate = "certificate verify failed"
    paramstyle = "?"
    cancels_by = "timeout"

    def __init__(self, target):
        self.target = target
        os.environ["SSL_CERT_FILE"] = target.authority
        import mssql_python

        self.module = mssql_python
        mssql_python.pooling(enabled=False)
        self.errors = (mssql_python.exceptions.Exception,)

    def connect(self, password=None, database="master", autocommit=True, program="", strict=False, name=None,
                timeout=0, packet=0, port=None):
        text = (
            f"Server=127.0.0.1,{port or self.target.port};Database={database};UID={self.target.user};"
            f"PWD={{{password or self.target.password}}};Encrypt={'strict' if strict else 'yes'};"
            f"TrustServerCertificate=no;HostNameInCertificate={name or self.target.name};ConnectRetryCount=0"
        )
        if packet:
            text += f";PacketSize={packet}"
        connection = self.module.connect(text, autocommit=autocommit)
        if timeout:
            connection.timeout = timeout
        return connection

    def error(self, caught):
        return (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, str(caught))

    def argument(self, value):
        return value

    def packet_sizes(self):
        return [4096, 512, 16383]


class PyMsSql:
    """FreeTDS. Its settings come from a file that is read at each connect."""

    name = "pymssql"
    refuses_certificate = refuses_name = "message 20002, severity 9:\\nTDS server connection failed"
    paramstyle = "%s"
    cancels_by = "timeout"

    def __init__(self, target):
        self.target = target
        self.settings = os.path.join(tempfile.mkdtemp(), "freetds.conf")
        os.environ["FREETDSCONF"] = self.settings
        import pymssql

        self.module = pymssql
        self.errors = (pymssql.Error, pymssql._mssql.MSSQLException)

    def connect(self, password=None, database="master", autocommit=True, program="", strict=False, name=None,
                timeout=0, packet=0, port=None):
        with open(self.settings, "w", encoding="ascii") as file:
            file.write(
                f"[global]\nencryption={'strict' if strict else 'require'}\nca file={self.target.authority}\n"
                f"check certificate hostname=yes\nclient charset=UTF-8\ntext size=2147483647\n"
            )
            if packet:
                file.write(f"initial block size={packet}\n")
        return self.module.connect(
            server=name or "localhost", port=str(port or self.target.port), user=self.target.user,
            password=password or self.target.password, database=database, appname=program or None,
            autocommit=autocommit, login_timeout=10, timeout=timeout, tds_version="7.4", use_datetime2=True,
        )

    def error(self, caught):
        if hasattr(caught, "number"):
            return (caught.number, caught.state, caught.severity, caught.line, str(caught))
        number = caught.args[0] if caught.args and isinstance(caught.args[0], int) else UNKNOWN
        text = caught.args[-1].decode() if isinstance(caught.args[-1], bytes) else str(caught)
        return (number, UNKNOWN, UNKNOWN, UNKNOWN, text)

    def argument(self, value):
        return value

    def packet_sizes(self):
        return [4096, 512, 16384]


class PythonTds:
    """python-tds. It tells every part of an error."""

    name = "python-tds"
    refuses_certificate = "certificate verify failed"
    refuses_name = "Certificate does not match host name"
    paramstyle = "%s"
    cancels_by = "cancel"

    def __init__(self, target):
        self.target = target
        import OpenSSL.SSL
        import pytds

        self.module = pytds
        self.errors = (pytds.Error, OpenSSL.SSL.Error)

    def connect(self, password=None, database="master", autocommit=True, program="", strict=False, name=None,
                timeout=0, packet=0, port=None):
        if strict:
            raise NotImplementedError("python-tds has no TDS 8")
        return self.module.connect(
            name or "localhost", port=port or self.target.port, user=self.target.user,
            password=password or self.target.password, database=database, cafile=self.target.authority,
            validate_host=True, appname=program or None, autocommit=autocommit, login_timeout=10,
            timeout=timeout or None, blocksize=packet or 4096,
        )

    def error(self, caught):
        number = getattr(caught, "number", UNKNOWN)
        if number is UNKNOWN:
            return (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, str(caught))
        return (number, caught.state, caught.severity, caught.line, str(caught))

    def argument(self, value):
        return self.module.Binary(value) if isinstance(value, bytes) else value

    def packet_sizes(self):
        return [4096, 512, 32767]


DRIVERS = {driver.name: driver for driver in (MsSqlPython, PyMsSql, PythonTds)}
