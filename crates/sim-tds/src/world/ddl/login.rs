//! Logins, endpoints, credentials.

use super::unsupported;
use crate::tsql::{
    CreateLogin, Ddl, Endpoint, EndpointAlgorithm, EndpointAuthentication, EndpointEncryption, LoginAction,
    LoginOptions, LoginSource, Password,
};
use crate::value::SqlError;
use crate::world::seen::{Seen, no_permission};
use scaleout_model::names::LoginName;
use scaleout_sim_site::sql::{
    EndpointChange, EndpointOptions, LoginChange, LoginSource as Source, NewPassword, ServerChange,
};
use scaleout_sim_site::sql_effect::SqlChange;
use scaleout_sim_site::state::{EndpointState, LoginKind, Secret, Sid};

pub(super) fn plan(seen: &Seen<'_>, ddl: &Ddl) -> Result<Vec<SqlChange>, SqlError> {
    match ddl {
        Ddl::CreateLogin(login) => create(seen, login),
        Ddl::AlterLogin { name, action } => alter(seen, name, action),
        Ddl::DropLogin { name } => drop_login(seen, name),
        Ddl::CreateEndpoint(endpoint) => {
            seen.require("CREATE ENDPOINT")?;
            let owner = match &endpoint.owner {
                None => seen.sid()?,
                Some(name) => named_sid(seen, name)?,
            };
            let change = EndpointChange::CreateEndpoint {
                name: endpoint.name.clone(),
                owner,
                options: options(endpoint),
            };
            Ok(vec![SqlChange::Endpoint(change)])
        }
        Ddl::AlterEndpoint(endpoint) => {
            seen.require("ALTER ANY ENDPOINT")?;
            let change =
                EndpointChange::AlterEndpoint { name: endpoint.name.clone(), options: options(endpoint) };
            Ok(vec![SqlChange::Endpoint(change)])
        }
        Ddl::DropEndpoint { name } => {
            seen.require("ALTER ANY ENDPOINT")?;
            Ok(vec![SqlChange::Endpoint(EndpointChange::DropEndpoint { name: name.clone() })])
        }
        Ddl::CreateCredential { name, identity, secret } => {
            seen.require("ALTER ANY CREDENTIAL")?;
            let secret =
                Secret::new(secret.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default());
            let change =
                ServerChange::CreateCredential { name: name.clone(), identity: identity.clone(), secret };
            Ok(vec![SqlChange::Server(change)])
        }
        Ddl::DropCredential { name } => {
            seen.require("ALTER ANY CREDENTIAL")?;
            Ok(vec![SqlChange::Server(ServerChange::DropCredential { name: name.clone() })])
        }
        _ => Err(SqlError::not_implemented(ddl.title())),
    }
}

/// SID of a login; 15151 where there is none.
pub(super) fn named_sid(seen: &Seen<'_>, name: &str) -> Result<Sid, SqlError> {
    let login = seen.instance.logins.get(&LoginName::new(name));
    login.map(|login| login.sid.clone()).ok_or_else(|| {
        let text = format!(
            "Cannot find the login '{name}', because it does not exist or you do not have permission."
        );
        SqlError::new(15_151, text)
    })
}

fn password(password: &Password) -> NewPassword {
    match password {
        Password::Clear(text) => NewPassword::Text(Secret::new(text.expose())),
        Password::Hashed(bytes) => NewPassword::Hash(Secret::new(hex::encode_upper(bytes))),
    }
}

fn create(seen: &Seen<'_>, login: &CreateLogin) -> Result<Vec<SqlChange>, SqlError> {
    seen.require("ALTER ANY LOGIN")?;
    let options = &login.options;
    unsupported(options.credential.as_ref(), "CREATE LOGIN … CREDENTIAL")?;
    unsupported(options.must_change.then_some(&()), "CREATE LOGIN … MUST_CHANGE")?;
    let source = match (&login.source, &options.password) {
        (LoginSource::Windows, _) => Source::Windows,
        (LoginSource::Password, Some(given)) => Source::Sql {
            password: password(given),
            sid: options.sid.as_ref().map(|sid| Sid::from_bytes(sid)),
            policy: options.check_policy.unwrap_or(true),
            expiration: options.check_expiration.unwrap_or(false),
        },
        _ => return Err(SqlError::not_implemented("CREATE LOGIN FROM CERTIFICATE or KEY")),
    };
    let change = LoginChange::CreateLogin {
        name: LoginName::new(&login.name),
        source,
        default_database: options.default_database.clone(),
    };
    Ok(vec![SqlChange::Login(change)])
}

fn alter(seen: &Seen<'_>, name: &str, action: &LoginAction) -> Result<Vec<SqlChange>, SqlError> {
    let login = LoginName::new(name);
    let own = seen.login_name() == login;
    let old = match action {
        LoginAction::Set(options) => options.old_password.as_ref().filter(|_| own),
        _ => None,
    };
    let proved = old.map(|old| {
        let kind = seen.login().map(|login| &login.kind);
        matches!(kind, Some(LoginKind::Sql(password)) if password.accepts(old.expose()))
    });
    if proved == Some(false) {
        let text = format!(
            "Cannot alter the login '{name}', because it does not exist or you do not have permission."
        );
        return Err(SqlError::new(15_151, text));
    }
    if proved.is_none() && !seen.may("ALTER ANY LOGIN") {
        return Err(no_permission());
    }
    let change = |change: LoginChange| SqlChange::Login(change);
    Ok(match action {
        LoginAction::Enable => vec![change(LoginChange::EnableLogin { name: login, enabled: true })],
        LoginAction::Disable => vec![change(LoginChange::EnableLogin { name: login, enabled: false })],
        LoginAction::Set(options) => set(login, options)?.into_iter().map(change).collect(),
    })
}

fn set(name: LoginName, options: &LoginOptions) -> Result<Vec<LoginChange>, SqlError> {
    unsupported(options.name.as_ref(), "ALTER LOGIN … NAME")?;
    unsupported(options.credential.as_ref(), "ALTER LOGIN … CREDENTIAL")?;
    unsupported(options.must_change.then_some(&()), "ALTER LOGIN … MUST_CHANGE")?;
    let mut changes = Vec::new();
    if let Some(given) = &options.password {
        changes.push(LoginChange::SetLoginPassword { name: name.clone(), password: password(given) });
    }
    let (policy, expiration) = (options.check_policy, options.check_expiration);
    if policy.is_some() || expiration.is_some() || options.default_database.is_some() {
        let default_database = options.default_database.clone();
        changes.push(LoginChange::SetLoginOptions { name, policy, expiration, default_database });
    }
    Ok(changes)
}

/// 15434 while it has a session.
fn drop_login(seen: &Seen<'_>, name: &str) -> Result<Vec<SqlChange>, SqlError> {
    seen.require("ALTER ANY LOGIN")?;
    if seen.sessions.has_login(name) {
        let text = format!("Could not drop login '{name}' as the user is currently logged in.");
        return Err(SqlError::new(15_434, text));
    }
    Ok(vec![SqlChange::Login(LoginChange::DropLogin { name: LoginName::new(name) })])
}

fn options(endpoint: &Endpoint) -> EndpointOptions {
    EndpointOptions {
        state: endpoint.state.map(|state| match state {
            crate::tsql::EndpointState::Started => EndpointState::Started,
            crate::tsql::EndpointState::Stopped => EndpointState::Stopped,
            crate::tsql::EndpointState::Disabled => EndpointState::Disabled,
        }),
        port: endpoint.port,
        authentication: endpoint.authentication.as_ref().map(authentication),
        encryption: endpoint.encryption.map(encryption),
        role: endpoint.role.map(|role| role.word().to_owned()),
    }
}

/// `connection_auth_desc`.
fn authentication(authentication: &EndpointAuthentication) -> String {
    match authentication {
        EndpointAuthentication::Windows(protocol) => protocol.word().to_owned(),
        EndpointAuthentication::Certificate(_) => "CERTIFICATE".to_owned(),
        EndpointAuthentication::WindowsThenCertificate(protocol, _) => {
            format!("{}, CERTIFICATE", protocol.word())
        }
        EndpointAuthentication::CertificateThenWindows(_, protocol) => {
            format!("CERTIFICATE, {}", protocol.word())
        }
    }
}

/// `encryption_algorithm_desc`.
fn encryption((wanted, algorithm): (EndpointEncryption, Option<EndpointAlgorithm>)) -> String {
    let algorithm = match algorithm.unwrap_or(EndpointAlgorithm::Aes) {
        EndpointAlgorithm::Aes => "AES",
        EndpointAlgorithm::Rc4 => "RC4",
        EndpointAlgorithm::AesRc4 => "AES, RC4",
        EndpointAlgorithm::Rc4Aes => "RC4, AES",
    };
    match wanted {
        EndpointEncryption::Disabled => "NONE".to_owned(),
        EndpointEncryption::Supported => format!("NONE, {algorithm}"),
        EndpointEncryption::Required => algorithm.to_owned(),
    }
}
