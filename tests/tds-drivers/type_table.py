"""Statements with the values that a client must make of them."""

import datetime
import decimal
import uuid

D = decimal.Decimal
UTC2 = datetime.timezone(datetime.timedelta(hours=2))
DIGITS = "WITH digits(i) AS (" + " UNION ALL ".join(f"SELECT {n}" for n in range(10)) + ")"
ROWS = (
    f"{DIGITS} SELECT TOP (10000) CAST(a.i + 10 * b.i + 100 * c.i + 1000 * d.i AS int) AS n, "
    "CAST(N'row ' + CAST(a.i + 10 * b.i + 100 * c.i + 1000 * d.i AS nvarchar(10)) AS nvarchar(40)) AS label "
    "FROM digits a CROSS JOIN digits b CROSS JOIN digits c CROSS JOIN digits d ORDER BY n"
)

# Name, expression, value in Python.
TYPES = [
    ("bit", "CAST(1 AS bit)", True),
    ("tinyint", "CAST(255 AS tinyint)", 255),
    ("smallint", "CAST(-32768 AS smallint)", -32768),
    ("int", "CAST(2147483647 AS int)", 2147483647),
    ("bigint", "CAST(-9223372036854775807 AS bigint)", -9223372036854775807),
    ("real", "CAST(1.5 AS real)", 1.5),
    ("float", "CAST(-2.25 AS float)", -2.25),
    ("decimal(10,2)", "CAST(-12345678.25 AS decimal(10, 2))", D("-12345678.25")),
    ("decimal(18,9)", "CAST(1.000000001 AS decimal(18, 9))", D("1.000000001")),
    ("decimal(28,0)", "CAST(1234567890123456789 AS decimal(28, 0))", D("1234567890123456789")),
    ("decimal(38,4)", "CAST(12345678901234567890.1234 AS decimal(38, 4))", D("12345678901234567890.1234")),
    ("money", "CAST(922337203685477.5807 AS money)", D("922337203685477.5807")),
    ("smallmoney", "CAST(-1.25 AS smallmoney)", D("-1.2500")),
    ("uniqueidentifier", "CAST(N'6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier)",
     uuid.UUID("6F9619FF-8B86-D011-B42D-00C04FC964FF")),
    ("nvarchar(40)", "CAST(N'Grüße 日本 😀' AS nvarchar(40))", "Grüße 日本 😀"),
    ("nvarchar(max)", "CAST(N'Grüße' AS nvarchar(max))", "Grüße"),
    ("varchar(40)", "CAST(N'Grüße €' AS varchar(40))", "Grüße €"),
    ("varchar(max)", "CAST(N'Straße' AS varchar(max))", "Straße"),
    ("nchar(4)", "CAST(N'ä' AS nchar(4))", "ä   "),
    ("char(4)", "CAST(N'ä' AS char(4))", "ä   "),
    ("varbinary(8)", "CAST(0x00FF10 AS varbinary(8))", b"\x00\xff\x10"),
    ("varbinary(max)", "CAST(0x00FF10 AS varbinary(max))", b"\x00\xff\x10"),
    ("binary(4)", "CAST(0x0102 AS binary(4))", b"\x01\x02\x00\x00"),
    ("date", "CAST(N'2026-02-28' AS date)", datetime.date(2026, 2, 28)),
    ("time(7)", "CAST(N'23:59:58.1234560' AS time(7))", datetime.time(23, 59, 58, 123456)),
    ("time(0)", "CAST(N'23:59:58' AS time(0))", datetime.time(23, 59, 58)),
    ("datetime", "CAST(N'2026-02-28 23:59:59.997' AS datetime)",
     datetime.datetime(2026, 2, 28, 23, 59, 59, 997000)),
    ("smalldatetime", "CAST(N'2026-02-28 23:59:00' AS smalldatetime)", datetime.datetime(2026, 2, 28, 23, 59)),
    ("datetime2(7)", "CAST(N'0001-01-01 00:00:00.1234560' AS datetime2(7))",
     datetime.datetime(1, 1, 1, 0, 0, 0, 123456)),
    ("datetime2(3)", "CAST(N'9999-12-31 23:59:59.999' AS datetime2(3))",
     datetime.datetime(9999, 12, 31, 23, 59, 59, 999000)),
    ("datetimeoffset(7)", "CAST(N'2026-02-28 00:30:00.1234560 +02:00' AS datetimeoffset(7))",
     datetime.datetime(2026, 2, 28, 0, 30, 0, 123456, UTC2)),
    ("sysname", "CAST(N'dbo' AS sysname)", "dbo"),
]
