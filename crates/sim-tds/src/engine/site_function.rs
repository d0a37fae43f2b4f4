//! Built-in functions that only the site can answer, with their signatures.

use crate::value::{Length, SqlType};

/// Declares the functions: variant, name in capitals (with `SYS.` where the schema is needed), fewest and most
/// arguments, type.
macro_rules! site_functions {
    ($($variant:ident $name:literal $least:literal $most:literal $ty:expr;)+) => {
        /// A built-in function or global that only the site can answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is the function that its name spells")]
        pub enum SiteFunction { $($variant),+ }

        impl SiteFunction {
            /// Its name, in capitals.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Its type.
            pub fn ty(self) -> SqlType {
                match self { $(Self::$variant => $ty),+ }
            }

            /// Fewest and most arguments.
            pub(super) fn arity(self) -> (usize, usize) {
                match self { $(Self::$variant => ($least, $most)),+ }
            }

            /// By name in capitals.
            pub(super) fn find(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

const SYSNAME: SqlType = SqlType::NVarChar(Length::Limited(128));
const INT: SqlType = SqlType::Int;

site_functions! {
    ServerName "@@SERVERNAME" 0 0 SYSNAME;
    ServiceName "@@SERVICENAME" 0 0 SYSNAME;
    Version "@@VERSION" 0 0 SqlType::NVarChar(Length::Limited(300));
    Language "@@LANGUAGE" 0 0 SYSNAME;
    MicrosoftVersion "@@MICROSOFTVERSION" 0 0 INT;
    ServerProperty "SERVERPROPERTY" 1 1 SqlType::Variant;
    ConnectionProperty "CONNECTIONPROPERTY" 1 1 SqlType::Variant;
    DatabasePropertyEx "DATABASEPROPERTYEX" 2 2 SqlType::Variant;
    LoginProperty "LOGINPROPERTY" 2 2 SqlType::Variant;
    DbName "DB_NAME" 0 1 SYSNAME;
    DbId "DB_ID" 0 1 SqlType::SmallInt;
    OriginalDbName "ORIGINAL_DB_NAME" 0 0 SYSNAME;
    SuserId "SUSER_ID" 0 1 INT;
    SuserSid "SUSER_SID" 0 2 SqlType::VarBinary(Length::Limited(85));
    SuserSname "SUSER_SNAME" 0 1 SYSNAME;
    SuserName "SUSER_NAME" 0 1 SYSNAME;
    SystemUser "SYSTEM_USER" 0 0 SYSNAME;
    OriginalLogin "ORIGINAL_LOGIN" 0 0 SYSNAME;
    UserId "USER_ID" 0 1 INT;
    UserName "USER_NAME" 0 1 SYSNAME;
    CurrentUser "CURRENT_USER" 0 0 SYSNAME;
    DatabasePrincipalId "DATABASE_PRINCIPAL_ID" 0 1 INT;
    SchemaId "SCHEMA_ID" 0 1 INT;
    SchemaName "SCHEMA_NAME" 0 1 SYSNAME;
    IsSrvRoleMember "IS_SRVROLEMEMBER" 1 2 INT;
    IsRoleMember "IS_ROLEMEMBER" 1 2 INT;
    IsMember "IS_MEMBER" 1 1 INT;
    HasPermsByName "HAS_PERMS_BY_NAME" 3 5 INT;
    HasDbAccess "HAS_DBACCESS" 1 1 INT;
    ObjectId "OBJECT_ID" 1 2 INT;
    ObjectName "OBJECT_NAME" 1 2 SYSNAME;
    ObjectSchemaName "OBJECT_SCHEMA_NAME" 1 2 SYSNAME;
    ObjectProperty "OBJECTPROPERTY" 2 2 INT;
    ObjectPropertyEx "OBJECTPROPERTYEX" 2 2 SqlType::Variant;
    ObjectDefinition "OBJECT_DEFINITION" 1 1 SqlType::NVarChar(Length::Max);
    TypeName "TYPE_NAME" 1 1 SYSNAME;
    TypeId "TYPE_ID" 1 1 INT;
    PwdCompare "PWDCOMPARE" 2 3 INT;
    PwdEncrypt "PWDENCRYPT" 1 1 SqlType::VarBinary(Length::Limited(128));
    KeyGuid "KEY_GUID" 1 1 SqlType::UniqueIdentifier;
    KeyId "KEY_ID" 1 1 INT;
    CertId "CERT_ID" 1 1 INT;
    CertProperty "CERTPROPERTY" 2 2 SqlType::Variant;
    HadrIsPrimaryReplica "SYS.FN_HADR_IS_PRIMARY_REPLICA" 1 1 SqlType::Bit;
    HadrBackupIsPreferredReplica "SYS.FN_HADR_BACKUP_IS_PREFERRED_REPLICA" 1 1 SqlType::Bit;
}
