//! Parsers of BACKUP and RESTORE to and from disk.

use super::cursor::{Cursor, Parsed};
use super::ddl::{Backup, Ddl, MasterKeyAction, MediaOptions, Restore};
use crate::value::SqlError;

/// From `BACKUP`.
pub(super) fn backup(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    if cursor.eat("BACKUP MASTER KEY") {
        cursor.expect("TO FILE")?;
        let file = cursor.equals_string()?;
        cursor.expect("ENCRYPTION BY PASSWORD")?;
        cursor.expect_symbol('=')?;
        return Ok(Ddl::MasterKey(MasterKeyAction::Backup { file, password: cursor.secret()? }));
    }
    let log = log_or_database(cursor, "BACKUP")?;
    let database = cursor.name()?;
    cursor.expect("TO")?;
    let disks = cursor.list(disk)?;
    let options = media_options(cursor, BACKUP_OPTIONS)?;
    Ok(Ddl::Backup(Backup { log, database, disks, options }))
}

/// From `RESTORE`.
pub(super) fn restore(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let log = log_or_database(cursor, "RESTORE")?;
    let database = cursor.name()?;
    let disks = if cursor.eat("FROM") { cursor.list(disk)? } else { Vec::new() };
    let line = cursor.line();
    let options = media_options(cursor, RESTORE_OPTIONS)?;
    if options.recovery && options.no_recovery {
        let text = "Conflicting options: RECOVERY and NORECOVERY cannot be used together.";
        return Err(SqlError::new(3031, text).at_line(line));
    }
    Ok(Ddl::Restore(Restore { log, database, disks, options }))
}

fn log_or_database(cursor: &mut Cursor<'_>, verb: &str) -> Parsed<bool> {
    let line = cursor.line();
    cursor.expect(verb)?;
    if cursor.eat("DATABASE") {
        return Ok(false);
    }
    if cursor.eat("LOG") {
        return Ok(true);
    }
    for other in ["FILELISTONLY", "HEADERONLY", "VERIFYONLY", "LABELONLY", "MASTER", "SERVICE", "CERTIFICATE"]
    {
        if cursor.is_word(other) {
            return Err(SqlError::not_implemented(format!("{verb} {other}")).at_line(line));
        }
    }
    cursor.refuse()
}

fn disk(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if cursor.is_word("URL") || cursor.is_word("TAPE") {
        return Err(SqlError::not_implemented("backup devices other than DISK").at_line(cursor.line()));
    }
    cursor.expect("DISK")?;
    cursor.equals_string()
}

const BACKUP_OPTIONS: &[&str] = &[
    "COPY_ONLY",
    "INIT",
    "NOINIT",
    "FORMAT",
    "NOFORMAT",
    "COMPRESSION",
    "NO_COMPRESSION",
    "CHECKSUM",
    "NO_CHECKSUM",
    "SKIP",
    "NOSKIP",
    "STATS",
    "NAME",
    "DESCRIPTION",
    "NORECOVERY",
];
const RESTORE_OPTIONS: &[&str] =
    &["REPLACE", "RECOVERY", "NORECOVERY", "STATS", "FILE", "MOVE", "CHECKSUM", "NO_CHECKSUM"];

fn media_options(cursor: &mut Cursor<'_>, known: &[&'static str]) -> Parsed<MediaOptions> {
    let mut options = MediaOptions::default();
    if !cursor.eat("WITH") {
        return Ok(options);
    }
    let mut seen: Vec<&str> = Vec::new();
    cursor.list(|cursor| {
        let line = cursor.line();
        let Some(option) = known.iter().find(|option| cursor.is_word(option)) else {
            return Err(unknown_option(cursor));
        };
        if seen.contains(option) && *option != "MOVE" {
            let text = format!("Option '{option}' is specified more than once.");
            return Err(SqlError::new(3032, text).at_line(line));
        }
        seen.push(option);
        cursor.at += 1;
        media_option(cursor, option, &mut options)
    })?;
    Ok(options)
}

fn media_option(cursor: &mut Cursor<'_>, option: &str, options: &mut MediaOptions) -> Parsed<()> {
    match option {
        "COPY_ONLY" => options.copy_only = true,
        "INIT" => options.init = true,
        "FORMAT" => options.format = true,
        "COMPRESSION" => options.compression = true,
        "CHECKSUM" => options.checksum = true,
        "SKIP" => options.skip = true,
        "REPLACE" => options.replace = true,
        "RECOVERY" => options.recovery = true,
        "NORECOVERY" => options.no_recovery = true,
        "NAME" => options.name = Some(cursor.equals_string()?),
        "DESCRIPTION" => options.description = Some(cursor.equals_string()?),
        "FILE" => options.file = Some(cursor.equals_integer(1..=u32::MAX)?),
        "STATS" => {
            options.stats = true;
            if cursor.is_symbol('=') {
                cursor.equals_integer(1..=100_u8)?;
            }
        }
        "MOVE" => {
            let logical = cursor.string()?;
            cursor.expect("TO")?;
            options.moves.push((logical, cursor.string()?));
        }
        // The negative forms (NOINIT, NOFORMAT, NOSKIP, NO_COMPRESSION, NO_CHECKSUM) say what holds anyway.
        _ => {}
    }
    Ok(())
}

fn unknown_option(cursor: &Cursor<'_>) -> SqlError {
    match cursor.kind() {
        Some(super::lexer::TokenKind::Word(word)) if !super::reserved::is_reserved(word) => {
            let text = format!("'{word}' is not a recognized BACKUP or RESTORE option.");
            SqlError::new(155, text).with_class(15).at_line(cursor.line())
        }
        _ => cursor.unexpected(),
    }
}
