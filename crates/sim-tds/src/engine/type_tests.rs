//! Types of result columns.

use super::test_world::rows;
use crate::value::{Length, SqlType};

const fn nvarchar(length: u16) -> SqlType {
    SqlType::NVarChar(Length::Limited(length))
}

const fn varchar(length: u16) -> SqlType {
    SqlType::VarChar(Length::Limited(length))
}

#[test]
fn columns_have_sql_servers_types() {
    for (query, ty) in [
        ("1", SqlType::Int),
        ("NULL", SqlType::Int),
        ("3000000000", SqlType::Decimal { precision: 10, scale: 0 }),
        ("1.25", SqlType::Decimal { precision: 3, scale: 2 }),
        ("1e0", SqlType::Float),
        ("'abc'", varchar(3)),
        ("N'abc'", nvarchar(3)),
        ("'abc' + N'd'", nvarchar(4)),
        ("0x01", SqlType::VarBinary(Length::Limited(1))),
        ("CAST(1 AS bigint) + 1", SqlType::BigInt),
        ("CAST(1 AS decimal(10,2)) / 3", SqlType::Decimal { precision: 21, scale: 13 }),
        ("CAST('a' AS nvarchar)", nvarchar(30)),
        ("CONVERT(nvarchar(max), 'a')", SqlType::NVARCHAR_MAX),
        ("CASE WHEN 1=1 THEN 1 ELSE 1.5 END", SqlType::Decimal { precision: 11, scale: 1 }),
        ("CASE WHEN 1=1 THEN NULL ELSE 'ab' END", varchar(2)),
        ("ISNULL(CAST(NULL AS varchar(5)), 'abcdefgh')", varchar(5)),
        ("COALESCE('a', N'bcd')", nvarchar(3)),
        ("LEN('x')", SqlType::Int),
        ("GETDATE()", SqlType::DateTime),
        ("SYSDATETIMEOFFSET()", SqlType::DateTimeOffset(7)),
        ("SERVERPROPERTY('Edition')", SqlType::Variant),
        ("CAST(SERVERPROPERTY('Edition') AS nvarchar(128))", nvarchar(128)),
        ("@@SERVERNAME", nvarchar(128)),
        ("DB_ID('x')", SqlType::SmallInt),
        ("sys.fn_hadr_is_primary_replica('x')", SqlType::Bit),
        ("(SELECT TOP 1 name FROM sys.databases)", nvarchar(128)),
        ("(SELECT COUNT(*) FROM sys.databases)", SqlType::Int),
        ("(SELECT COUNT_BIG(*) FROM sys.databases)", SqlType::BigInt),
        ("(SELECT MAX(recovery_model) FROM sys.databases)", SqlType::TinyInt),
        ("(SELECT SUM(recovery_model) FROM sys.databases)", SqlType::Int),
        (
            "(SELECT owner_sid FROM sys.databases WHERE database_id = 1)",
            SqlType::VarBinary(Length::Limited(85)),
        ),
        ("HASHBYTES('SHA1', 'a')", SqlType::VarBinary(Length::Limited(8000))),
    ] {
        assert_eq!(rows(&format!("SELECT {query} AS c")).columns[0].ty, ty, "{query}");
    }
}

#[test]
fn set_operations_take_the_wider_type() {
    let result = rows("SELECT 1 AS c UNION ALL SELECT CAST(2 AS bigint)");
    assert_eq!(result.columns[0].ty, SqlType::BigInt);
    assert!(result.rows.iter().all(|row| matches!(row[0], crate::value::SqlValue::BigInt(_))));
}

#[test]
fn columns_keep_their_names_and_nullability() {
    let result = rows(
        "SELECT a.name, a.replica_id, b.name AS other, 1 + 1 FROM sys.databases a LEFT JOIN sys.databases b ON 1 = 0",
    );
    let seen: Vec<(&str, bool)> = result.columns.iter().map(|c| (c.name.as_str(), c.nullable)).collect();
    assert_eq!(seen, [("name", false), ("replica_id", true), ("other", true), ("", false)]);
}
