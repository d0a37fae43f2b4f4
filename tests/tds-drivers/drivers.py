"""The three clients behind one face: connect, run, errors as (number, state, class, line, text)."""

import os
import socket
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

    def __init__(self, host, port, user, password, authority, name):
        self.host, self.port, self.user, self.password = host, port, user, password
        self.authority, self.name = authority, name
        # Whether other cases run in this process.
        self.shared = True


class MsSqlPython:
    """Microsoft's ODBC driver. Numbers and lines of messages are not shown by the binding, texts are."""

    name = "mssql-python"
    # Text within ASCII is bound as varchar.
    sends_varchar = True
    refused_once = False
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
                timeout=0, packet=0, user=None):
        text = (
            f"Server={self.target.host},{self.target.port};Database={database};UID={user or self.target.user};"
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

    def call(self, connection, procedure, *arguments):
        """Rows of a procedure that is called by name, not in text."""
        cursor = connection.cursor()
        cursor.execute(f"{{CALL {procedure} ({', '.join('?' * len(arguments))})}}", arguments)
        return [tuple(row) for row in cursor.fetchall()]

    def packet_sizes(self):
        return [4096, 512, 16383]


class PyMsSql:
    """FreeTDS. Its settings come from a file that is read at each connect."""

    name = "pymssql"
    sends_varchar = False
    # Once a login was refused, DB-Library tells that refusal again, whatever comes next.
    refused_once = True
    refuses_certificate = "message 20002, severity 9:\\nTDS server connection failed"
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
                timeout=0, packet=0, user=None):
        with open(self.settings, "w", encoding="ascii") as file:
            file.write(
                f"[global]\nencryption={'strict' if strict else 'require'}\nca file={self.target.authority}\n"
                f"check certificate hostname=yes\ncertificate hostname={name or self.target.name}\nclient charset=UTF-8\ntext size=2147483647\n"
            )
            if packet:
                file.write(f"initial block size={packet}\n")
        return self.module.connect(
            server=self.target.host, port=str(self.target.port), user=user or self.target.user,
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

    def call(self, connection, procedure, *arguments):
        cursor = connection.cursor()
        cursor.callproc(procedure, arguments)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def packet_sizes(self):
        return [4096, 512, 16384]


class PythonTds:
    """python-tds. It tells every part of an error."""

    name = "python-tds"
    sends_varchar = False
    refused_once = False
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
                timeout=0, packet=0, user=None):
        if strict:
            raise NotImplementedError("python-tds has no TDS 8")
        # The name to verify is the one that it dials, so it gets a socket that leads to the address.
        dialled = socket.create_connection((self.target.host, self.target.port), timeout=10)
        try:
            return self.module.connect(
                name or self.target.name, sock=dialled, user=user or self.target.user,
                password=password or self.target.password, database=database, cafile=self.target.authority,
                validate_host=True, appname=program or None, autocommit=autocommit, login_timeout=10,
                timeout=timeout or None, blocksize=packet or 4096, disable_connect_retry=True,
            )
        except TimeoutError as late:
            # Most refusals are not told before the time for a login has passed.
            raise late.__cause__ or late from None

    def error(self, caught):
        number = getattr(caught, "number", UNKNOWN)
        if number is UNKNOWN:
            return (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, str(caught))
        return (number, caught.state, caught.severity, caught.line, str(caught))

    def argument(self, value):
        return self.module.Binary(value) if isinstance(value, bytes) else value

    def call(self, connection, procedure, *arguments):
        cursor = connection.cursor()
        cursor.callproc(procedure, arguments)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def packet_sizes(self):
        return [4096, 512, 32767]


DRIVERS = {driver.name: driver for driver in (MsSqlPython, PyMsSql, PythonTds)}
