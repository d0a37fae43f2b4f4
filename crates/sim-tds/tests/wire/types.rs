//! Every type and its NULL, procedures and prepared values, as tiberius sees them.

use std::borrow::Cow;

use tiberius::numeric::Numeric;
use tiberius::time::{Date, DateTime, DateTime2, DateTimeOffset, SmallDateTime, Time};
use tiberius::{ColumnData, Command, Uuid};

use super::{Rig, Tested, bounded, only_row, server_error};

/// 2026-02-28 in days since 0001-01-01.
const DAY: u32 = 739_674;

fn text(text: &'static str) -> ColumnData<'static> {
    ColumnData::String(Some(Cow::Borrowed(text)))
}

fn bytes(bytes: &'static [u8]) -> ColumnData<'static> {
    ColumnData::Binary(Some(Cow::Borrowed(bytes)))
}

fn cases() -> Vec<(&'static str, &'static str, ColumnData<'static>)> {
    let numeric = |value, scale| ColumnData::Numeric(Some(Numeric::new_with_scale(value, scale)));
    let evening = Time::new(863_981_234_560, 7);
    vec![
        ("bit", "1", ColumnData::Bit(Some(true))),
        ("tinyint", "255", ColumnData::U8(Some(255))),
        ("smallint", "-32768", ColumnData::I16(Some(-32768))),
        ("int", "-7", ColumnData::I32(Some(-7))),
        ("bigint", "9223372036854775807", ColumnData::I64(Some(i64::MAX))),
        ("real", "1.5", ColumnData::F32(Some(1.5))),
        ("float", "-2.25", ColumnData::F64(Some(-2.25))),
        ("decimal(10, 2)", "-12345678.25", numeric(-1_234_567_825, 2)),
        ("decimal(38, 4)", "12345678901234567890.1234", numeric(123_456_789_012_345_678_901_234, 4)),
        // tiberius shows money as a float; the clients of `tests/tds-drivers` check every digit.
        ("money", "-123.4567", ColumnData::F64(Some(-123.4567))),
        ("smallmoney", "1.25", ColumnData::F64(Some(1.25))),
        ("uniqueidentifier", "N'6F9619FF-8B86-D011-B42D-00C04FC964FF'", {
            ColumnData::Guid(Some(Uuid::from_u128(0x6F96_19FF_8B86_D011_B42D_00C0_4FC9_64FF)))
        }),
        ("nvarchar(40)", "N'Grüße 日本 😀'", text("Grüße 日本 😀")),
        ("nvarchar(max)", "N''", text("")),
        ("varchar(40)", "N'Grüße €'", text("Grüße €")),
        ("varchar(max)", "N'日'", text("?")),
        ("nchar(4)", "N'ä'", text("ä   ")),
        ("char(4)", "N'ä'", text("ä   ")),
        ("varbinary(8)", "0x00FF10", bytes(&[0, 255, 16])),
        ("varbinary(max)", "0x00FF10", bytes(&[0, 255, 16])),
        ("binary(4)", "0x0102", bytes(&[1, 2, 0, 0])),
        ("date", "N'2026-02-28'", ColumnData::Date(Some(Date::new(DAY)))),
        ("time(7)", "N'23:59:58.1234560'", ColumnData::Time(Some(evening))),
        ("time(2)", "N'00:00:01.25'", ColumnData::Time(Some(Time::new(125, 2)))),
        ("datetime", "N'2026-02-28 00:00:01.003'", ColumnData::DateTime(Some(DateTime::new(46_079, 301)))),
        ("smalldatetime", "N'2026-02-28 01:01:00'", {
            ColumnData::SmallDateTime(Some(SmallDateTime::new(46_079, 61)))
        }),
        ("datetime2(7)", "N'2026-02-28 23:59:58.1234560'", {
            ColumnData::DateTime2(Some(DateTime2::new(Date::new(DAY), evening)))
        }),
        ("datetimeoffset(7)", "N'2026-02-28 00:59:58.1234560 +01:00'", {
            let utc = DateTime2::new(Date::new(DAY - 1), evening);
            ColumnData::DateTimeOffset(Some(DateTimeOffset::new(utc, 60)))
        }),
        ("sysname", "N'dbo'", text("dbo")),
    ]
}

#[tokio::test]
async fn every_type_and_its_null() -> Tested {
    let rig = Rig::start().await?;
    let mut client = bounded(rig.connect()).await?;
    for (ty, literal, expected) in cases() {
        let sql = format!("SELECT CAST({literal} AS {ty}) AS v, CAST(NULL AS {ty}) AS n, 5 AS after");
        let row = only_row(&mut client, &sql).await.map_err(|error| format!("{ty}: {error}"))?;
        assert_eq!(row.get_column_data("v")?, &expected, "{ty}");
        let null = format!("{:?}", row.get_column_data("n")?);
        assert!(null.ends_with("(None)"), "{ty}: {null}");
        assert_eq!(row.get::<i32, _>("after"), Some(5), "{ty}");
    }
    Ok(())
}

#[tokio::test]
async fn parameters_of_sp_executesql_come_back_as_they_went() -> Tested {
    let rig = Rig::start().await?;
    let mut client = bounded(rig.connect()).await?;
    let sql = "SELECT @P1 AS a, @P2 AS b, @P3 AS c, @P4 AS d, @P5 AS e, @P6 AS f";
    let guid = Uuid::from_u128(7);
    let none: Option<&str> = None;
    let values: [&dyn tiberius::ToSql; 6] = [&-7_i32, &i64::MAX, &"Grüße", &none, &guid, &1.5_f64];
    let row = bounded(client.query(sql, &values)).await?.into_row().await?.expect("one row");
    assert_eq!(row.get::<i32, _>("a"), Some(-7));
    assert_eq!(row.get::<i64, _>("b"), Some(i64::MAX));
    assert_eq!(row.get::<&str, _>("c"), Some("Grüße"));
    assert_eq!(row.get::<&str, _>("d"), None);
    assert_eq!(row.get::<Uuid, _>("e"), Some(guid));
    assert_eq!(row.get::<f64, _>("f"), Some(1.5));
    let missing = async { client.query("SELECT @P9 AS v", &[&1_i32]).await?.into_results().await };
    assert_eq!(server_error(&bounded(missing).await.unwrap_err()).0, 137);
    Ok(())
}

#[tokio::test]
async fn a_procedure_gives_rows_status_and_output() -> Tested {
    let rig = Rig::start().await?;
    let mut client = bounded(rig.connect()).await?;
    let mut command = Command::new("dbo.probe_echo");
    command.bind_param("@first", 34_i32);
    command.bind_out_param("@second", "back");
    let stream = bounded(command.exec(&mut client)).await?;
    let result = bounded(stream.into_command_result()).await?;
    assert_eq!(result.return_code(), 7);
    assert_eq!(result.try_return_value::<&str>("@second")?, Some("back"));
    let unknown = async { Command::new("dbo.nothing").exec(&mut client).await?.into_command_result().await };
    assert_eq!(server_error(&bounded(unknown).await.expect_err("an error")).0, 2812);
    Ok(())
}
