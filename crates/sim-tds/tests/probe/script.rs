//! Statements of the probe, one after another.

use std::time::Duration;

use scaleout_sim_tds::value::{Column, SqlError, SqlType, SqlValue};
use scaleout_sim_tds::wire::{Command, Item, Parameter, Reply, Request, TransactionChange};

use super::{DATABASES, Probe, Session, select};

/// Runs a request.
pub(super) async fn run(
    probe: &Probe,
    session: &mut Session,
    request: Request,
    reply: &mut dyn Reply,
) -> Result<(), SqlError> {
    let Request { command, mut parameters } = request;
    match command {
        Command::Procedure(name) => run_procedure(&name, &parameters, reply).await,
        Command::Text(text) => {
            for (line, statement) in split(&text) {
                run_statement(probe, session, (line, &statement), &mut parameters, reply)
                    .await
                    .map_err(|error| error.at_line(line))?;
            }
            for parameter in parameters.into_iter().filter(|parameter| parameter.output) {
                let Parameter { name, ty, value, .. } = parameter;
                reply.send(Item::Output { name, ty, value }).await;
            }
            Ok(())
        }
    }
}

/// One procedure: gives back its arguments as a row and as output, and status 7.
async fn run_procedure(name: &str, parameters: &[Parameter], reply: &mut dyn Reply) -> Result<(), SqlError> {
    if !name.ends_with("probe_echo") {
        let text = format!("Could not find stored procedure '{name}'.");
        return Err(SqlError::new(2812, text).with_state(62));
    }
    let columns = parameters.iter().map(|one| Column::nullable(one.name.trim_matches('@'), one.ty)).collect();
    reply.send(Item::Columns(columns)).await;
    reply.send(Item::Row(parameters.iter().map(|one| one.value.clone()).collect())).await;
    reply.send(Item::Done(Some(1))).await;
    for parameter in parameters.iter().filter(|one| one.output) {
        let Parameter { name, ty, value, .. } = parameter.clone();
        reply.send(Item::Output { name, ty, value }).await;
    }
    reply.send(Item::ReturnStatus(7)).await;
    Ok(())
}

async fn run_statement(
    probe: &Probe,
    session: &mut Session,
    (line, statement): (u32, &str),
    parameters: &mut [Parameter],
    reply: &mut dyn Reply,
) -> Result<(), SqlError> {
    let words: Vec<String> = statement.split_whitespace().map(str::to_ascii_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [word, ..] if word.starts_with("RAISERROR") => {
            raise(line, statement, reply).await;
            return Ok(());
        }
        ["SELECT", ..] => return select::run(session, statement, parameters, reply).await,
        ["WITH", "DIGITS(I)", ..] => return send_numbers(statement, reply).await,
        ["USE", ..] => use_database(session, statement.get(4..).unwrap_or_default(), reply).await?,
        ["PRINT", ..] => {
            let text = literal(statement).unwrap_or_default();
            reply.send(Item::Message(SqlError::new(0, text).with_class(0).at_line(line))).await;
        }
        ["WAITFOR", "DELAY", ..] => tokio::time::sleep(delay(&literal(statement).unwrap_or_default())).await,
        ["KILL", spid] => kill(probe, spid)?,
        ["SET", name, "=", ..] if name.starts_with('@') => {
            let (name, expression) =
                statement.get(4..).and_then(|rest| rest.split_once('=')).unwrap_or_default();
            let value = select::evaluate(session, expression, parameters)?;
            let target = parameters.iter_mut().find(|one| one.name == name.trim());
            target.ok_or_else(|| SqlError::not_implemented("this variable"))?.value = value;
        }
        ["SET", ..] => {}
        ["BEGIN", word, ..] if word.starts_with("TRAN") => {
            session.transactions += 1;
            if session.transactions == 1 {
                reply.send(Item::Transaction(TransactionChange::Begun)).await;
            }
        }
        ["SAVE", word, ..] if word.starts_with("TRAN") => {}
        ["COMMIT", ..] | ["IF", "@@TRANCOUNT", ">", "0", "COMMIT", ..] => {
            end_transaction(session, TransactionChange::Committed, reply).await;
        }
        ["ROLLBACK", ..] | ["IF", "@@TRANCOUNT", ">", "0", "ROLLBACK", ..] => {
            end_transaction(session, TransactionChange::RolledBack, reply).await;
        }
        _ => return Err(SqlError::not_implemented(statement)),
    }
    reply.send(Item::Done(None)).await;
    Ok(())
}

async fn end_transaction(session: &mut Session, change: TransactionChange, reply: &mut dyn Reply) {
    let was = std::mem::take(&mut session.transactions);
    if was > 0 {
        reply.send(Item::Transaction(change)).await;
    }
}

async fn use_database(session: &mut Session, name: &str, reply: &mut dyn Reply) -> Result<(), SqlError> {
    let name = name.trim().trim_matches(['[', ']']);
    if !DATABASES.contains(&name) {
        let text = format!("Database '{name}' does not exist. Make sure that the name is entered correctly.");
        return Err(SqlError::new(911, text));
    }
    name.clone_into(&mut session.database);
    reply.send(Item::Database(name.to_owned())).await;
    Ok(())
}

fn kill(probe: &Probe, spid: &str) -> Result<(), SqlError> {
    let known = spid.parse().is_ok_and(|spid| probe.kill(spid));
    if known {
        Ok(())
    } else {
        Err(SqlError::new(6106, format!("Process ID {spid} is not an active process ID.")))
    }
}

/// `RAISERROR(N'text', severity, state)`; the batch goes on after it.
async fn raise(line: u32, statement: &str, reply: &mut dyn Reply) {
    let text = literal(statement).unwrap_or_default();
    let tail = statement.rsplit_once('\'').map(|(_, tail)| tail).unwrap_or_default();
    let mut numbers =
        tail.trim_matches([')', ',', ' ']).split(',').filter_map(|number| number.trim().parse().ok());
    let (class, state) = (numbers.next().unwrap_or(16), numbers.next().unwrap_or(1));
    let number = if class > 10 { 50000 } else { 0 };
    let message = SqlError::new(number, text).with_class(class).with_state(state).at_line(line);
    reply.send(Item::Message(message)).await;
    reply.send(Item::Done(None)).await;
}

/// `WITH digits(i) AS (…) SELECT TOP (n) …`: the numbers from 0 and a text beside each.
async fn send_numbers(statement: &str, reply: &mut dyn Reply) -> Result<(), SqlError> {
    let count: i32 = statement
        .split_once("TOP (")
        .and_then(|(_, rest)| rest.split_once(')'))
        .and_then(|(count, _)| count.parse().ok())
        .ok_or_else(|| SqlError::not_implemented("this WITH"))?;
    let text = SqlType::NVarChar(scaleout_sim_tds::value::Length::Limited(40));
    let columns = vec![Column::nullable("n", SqlType::Int), Column::nullable("label", text)];
    reply.send(Item::Columns(columns)).await;
    for number in 0..count {
        reply.send(Item::Row(vec![SqlValue::Int(number), SqlValue::text(format!("row {number}"))])).await;
    }
    reply.send(Item::Done(u64::try_from(count).ok())).await;
    Ok(())
}

/// The first quoted text.
fn literal(statement: &str) -> Option<String> {
    let (_, rest) = statement.split_once('\'')?;
    let rest = rest.replace("''", "\u{0}");
    rest.split_once('\'').map(|(text, _)| text.replace('\u{0}', "'"))
}

/// `hh:mm:ss[.fff]`
fn delay(text: &str) -> Duration {
    let seconds = text.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap_or(0.0));
    Duration::from_secs_f64(seconds)
}

/// Statements with their lines; they end with a semicolon or at a line that begins another one.
fn split(text: &str) -> Vec<(u32, String)> {
    let mut parts = vec![(1, String::new())];
    let (mut line, mut quoted) = (1, false);
    for character in text.chars() {
        quoted ^= character == '\'';
        line += u32::from(character == '\n');
        let ends = !quoted && (character == ';' || (character == '\n' && is_setting(&parts)));
        match parts.last_mut() {
            _ if ends => parts.push((line, String::new())),
            Some((start, part)) => {
                if part.trim().is_empty() {
                    *start = line;
                }
                part.push(character);
            }
            None => {}
        }
    }
    let trimmed = parts.into_iter().map(|(line, part)| (line, part.trim().to_owned()));
    trimmed.filter(|(_, part)| !part.is_empty()).collect()
}

/// Libraries send their settings one a line, without semicolons.
fn is_setting(parts: &[(u32, String)]) -> bool {
    let last = parts.last().map(|(_, part)| part.trim().to_ascii_uppercase()).unwrap_or_default();
    ["SET ", "BEGIN TRAN"].iter().any(|prefix| last.starts_with(prefix))
}
