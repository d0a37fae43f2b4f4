//! SSISDB's master key and its credential on each replica (OPEN / CREATE MASTER KEY, sp_control_dbmasterkey_password).

use super::instance_read::build_credentials;
use super::{ANYWHERE, CLOCK, NO_REFUSAL, Refuse, build_date, build_flag, build_look};
use crate::escape::quote_text;

/// Wrong password: 15313 "The key is not encrypted using the specified decryptor", 15466 "An error occurred during decryption".
const WRONG_PASSWORD: &str = "(15313, 15466)";

/// Nothing is in the catalog yet, so its key protects nothing.
const VIRGIN: &str = "NOT EXISTS (SELECT 1 FROM catalog.folders AS f) AND NOT EXISTS (SELECT 1 FROM \
                      catalog.master_properties AS p WHERE p.property_name = N'IS_SCALEOUT_ENABLED' AND p.property_value = \
                      N'TRUE')";

/// Tries the password into `@error`: NULL if it opens the key. In `SSISDB`.
fn try_password(password: &str) -> String {
    format!(
        "DECLARE @error int;\nBEGIN TRY\nOPEN MASTER KEY DECRYPTION BY PASSWORD = {};\nCLOSE MASTER KEY;\nEND TRY\nBEGIN \
         CATCH\nSET @error = ERROR_NUMBER();\nEND CATCH;\n",
        quote_text(password)
    )
}

fn created() -> String {
    format!("(SELECT {} FROM sys.databases AS d WHERE d.name = N'SSISDB')", build_date("d.create_date"))
}

/// Whether the password opens the key. `may_replace`: a key of a catalog that holds nothing yet does not refuse.
pub(crate) fn look_at_key(place: &str, password: &str, may_replace: bool) -> String {
    let kept = if may_replace { format!(" AND NOT ({VIRGIN})") } else { String::new() };
    let refuse = format!(
        "CASE WHEN @error IN {WRONG_PASSWORD}{kept} THEN {} WHEN @error NOT IN {WRONG_PASSWORD}{kept} THEN {} END",
        Refuse::WrongPassword as u8,
        Refuse::KeyUnusable as u8
    );
    let look = build_look(
        place,
        &build_flag("@error IS NULL"),
        &refuse,
        &[("created", &created()), ("clock_ms", CLOCK), ("error", "@error")],
    );
    format!("{}{look}", try_password(password))
}

/// Replaces the shipped key, only while the catalog holds nothing.
pub(crate) fn replace_key(password: &str) -> String {
    format!(
        "IF {VIRGIN}\nBEGIN\nIF EXISTS (SELECT 1 FROM sys.symmetric_keys AS k WHERE k.name = \
         N'##MS_DatabaseMasterKey##')\nDROP MASTER KEY;\nCREATE MASTER KEY ENCRYPTION BY PASSWORD = {};\nEND;",
        quote_text(password)
    )
}

/// Whether there is nothing to prove here: elsewhere than on the primary the key cannot be opened, and the plan has proved
/// it on the primary.
pub(crate) fn look_whether_to_prove() -> String {
    let elsewhere = "ISNULL(CAST(sys.fn_hadr_is_primary_replica(N'SSISDB') AS int), 0) = 0";
    build_look(ANYWHERE, &build_flag(elsewhere), NO_REFUSAL, &[])
}

/// Opens the key: an error if the password is wrong (15313). In `SSISDB`.
pub(crate) fn prove(password: &str) -> String {
    format!("OPEN MASTER KEY DECRYPTION BY PASSWORD = {};\nCLOSE MASTER KEY;", quote_text(password))
}

/// Whether there is a credential for the key that `condition` holds for, and all of them for the evidence.
fn look_at_any_credential(condition: &str) -> String {
    let any = format!(
        "EXISTS (SELECT 1 FROM sys.master_key_passwords AS m JOIN sys.database_recovery_status AS r ON r.family_guid = \
         m.family_guid JOIN sys.credentials AS c ON c.credential_id = m.credential_id JOIN sys.databases AS d ON \
         d.database_id = r.database_id WHERE d.name = N'SSISDB'{condition})"
    );
    let look = build_look(ANYWHERE, &build_flag(&any), NO_REFUSAL, &[("clock_ms", CLOCK)]);
    format!("{look}\n{}", build_credentials())
}

/// Whether there is a credential for the key at all.
pub(crate) fn look_at_credentials() -> String {
    look_at_any_credential("")
}

/// Whether there is one that was made when this copy of SSISDB was there already.
pub(crate) fn look_at_credentials_of_copy() -> String {
    look_at_any_credential(" AND c.create_date >= d.create_date")
}

/// Stores the password. Adding one that is stored fails; then it is dropped, which proves that it was this one, and
/// added again. (Documented: a second identical add fails; the password is not verified.)
pub(crate) fn add_credential(password: &str) -> String {
    let call = |action: &str| {
        format!(
            "EXEC sys.sp_control_dbmasterkey_password @db_name = N'SSISDB', @password = {}, @action = N'{action}';\n",
            quote_text(password)
        )
    };
    format!("BEGIN TRY\n{}END TRY\nBEGIN CATCH\n{}{}END CATCH;", call("add"), call("drop"), call("add"))
}
