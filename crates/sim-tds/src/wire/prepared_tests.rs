//! Tests of prepared statements.

use super::*;
use crate::value::SqlType;

fn argument(name: &str, ty: SqlType, value: SqlValue) -> Argument {
    Argument { name: name.to_owned(), ty, value, output: false, default: false }
}

fn text(text: &str) -> Argument {
    argument("", SqlType::NVARCHAR_MAX, SqlValue::text(text))
}

fn int(value: i32) -> Argument {
    argument("", SqlType::Int, SqlValue::Int(value))
}

fn call(target: Target, arguments: Vec<Argument>) -> Call {
    Call { target, arguments }
}

#[test]
fn declarations_keep_commas_of_types_and_lose_the_direction() {
    let parsed = parse_declarations("@a decimal(10, 2), @b nvarchar(max) OUTPUT ,@c AS int");
    let pairs: Vec<_> = parsed.iter().map(|one| (one.name.as_str(), one.ty.as_str())).collect();
    assert_eq!(pairs, [("@a", "decimal(10, 2)"), ("@b", "nvarchar(max)"), ("@c", "int")]);
}

#[test]
fn positional_values_get_the_declared_names() {
    let mut prepared = Prepared::default();
    let arguments = vec![text("SELECT @P1, @P2"), text("@P1 int, @P2 int"), int(1), int(2)];
    let resolved = prepared.resolve(call(Target::ExecuteSql, arguments)).unwrap();
    let request = resolved.request.unwrap();
    let names: Vec<_> = request.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["@P1", "@P2"]);
    assert_eq!(request.parameters[1].declared.as_deref(), Some("int"));
    assert_eq!(resolved.end.ordinals, [("@P1".to_owned(), 2), ("@P2".to_owned(), 3)]);
}

#[test]
fn a_missing_value_is_8178_and_an_unknown_one_8144() {
    let mut prepared = Prepared::default();
    let missing = prepared.resolve(call(Target::ExecuteSql, vec![text("SELECT @a"), text("@a int")]));
    assert_eq!(missing.unwrap_err().number, 8178);
    let unknown = prepared.resolve(call(Target::ExecuteSql, vec![text("SELECT 1"), text(""), int(1)]));
    assert_eq!(unknown.unwrap_err().number, 8144);
}

#[test]
fn a_handle_lives_until_it_is_unprepared() {
    let mut prepared = Prepared::default();
    let arguments = vec![argument("", SqlType::Int, SqlValue::Null), text("@P1 int"), text("SELECT @P1")];
    let (_, handle) = prepared.resolve(call(Target::Prepare, arguments)).unwrap().end.handle.unwrap();
    let run = prepared.resolve(call(Target::Execute, vec![int(handle), int(7)])).unwrap();
    assert_eq!(run.request.unwrap().command, Command::Text("SELECT @P1".to_owned()));
    assert!(prepared.resolve(call(Target::Unprepare, vec![int(handle)])).unwrap().request.is_none());
    let gone = prepared.resolve(call(Target::Execute, vec![int(handle), int(7)]));
    assert_eq!(gone.unwrap_err().number, 8179);
}

#[test]
fn cursors_are_refused() {
    let refused = Prepared::default().resolve(call(Target::OtherNumber(2), vec![]));
    assert!(refused.unwrap_err().message.contains("not implemented"));
}
