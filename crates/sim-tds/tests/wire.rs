//! tiberius against the wire, over TLS with a verified certificate.

mod probe;
#[path = "wire/types.rs"]
mod types;

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::{AsyncRead, AsyncWrite, StreamExt, TryStreamExt};
use probe::certificates::{SERVER_NAME, issue};
use probe::{PASSWORD, Probe, USER};
use scaleout_sim_tds::wire::{Limits, Server, serve};
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, Query, Row};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};
use tokio_util::sync::CancellationToken;

type Tested = Result<(), Box<dyn StdError + Send + Sync>>;
type Sql = Client<Compat<TcpStream>>;

/// A served probe; dropping it ends the server.
struct Rig {
    port: u16,
    authority: String,
    shutdown: CancellationToken,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Rig {
    async fn start() -> Result<Self, Box<dyn StdError + Send + Sync>> {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let (tls, authority) = issue()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let shutdown = CancellationToken::new();
        let server = Server { backend: Arc::new(Probe::default()), tls, limits: Limits::default() };
        drop(tokio::spawn(serve(listener, server, shutdown.clone())));
        Ok(Self { port, authority, shutdown })
    }

    fn config(&self) -> Config {
        self.config_trusting(&self.authority)
    }

    fn config_trusting(&self, authority: &str) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1");
        config.port(self.port);
        config.hostname_in_certificate(SERVER_NAME);
        config.authentication(AuthMethod::sql_server(USER, PASSWORD));
        config.encryption(EncryptionLevel::Required);
        config.trust_cert_ca_bundle(authority.to_owned().into_bytes());
        config
    }

    async fn connect(&self) -> Result<Sql, tiberius::error::Error> {
        self.connect_with(self.config()).await
    }

    async fn connect_with(&self, config: Config) -> Result<Sql, tiberius::error::Error> {
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).await?;
        Box::pin(Client::connect(config, tcp.compat_write())).await
    }
}

#[expect(clippy::expect_used, reason = "a test without an answer has failed")]
async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("no answer within 20 s")
}

#[expect(clippy::expect_used, reason = "each of these statements has one row")]
async fn only_row<S: AsyncRead + AsyncWrite + Unpin + Send>(
    client: &mut Client<S>,
    sql: &str,
) -> Result<Row, tiberius::error::Error> {
    let row = bounded(client.simple_query(sql)).await?.into_row().await?;
    Ok(row.expect("one row"))
}

#[expect(clippy::panic, reason = "another kind of error fails the test")]
fn server_error(error: &tiberius::error::Error) -> (u32, u8, u8, u32) {
    match error {
        tiberius::error::Error::Server(token) => (token.code(), token.state(), token.class(), token.line()),
        other => panic!("not an error of the server: {other:?}"),
    }
}

#[tokio::test]
async fn a_verified_login_over_tls_7_and_tls_8() -> Tested {
    let rig = Rig::start().await?;
    for level in
        [EncryptionLevel::Required, EncryptionLevel::Strict, EncryptionLevel::On, EncryptionLevel::Off]
    {
        let mut config = rig.config();
        config.encryption(level);
        config.application_name("wire test");
        config.database("tempdb");
        let mut client = bounded(rig.connect_with(config)).await?;
        let row =
            only_row(&mut client, "SELECT DB_NAME() AS db, APP_NAME() AS app, SUSER_SNAME() AS me").await?;
        assert_eq!(row.get::<&str, _>("db"), Some("tempdb"), "{level:?}");
        assert_eq!(row.get::<&str, _>("app"), Some("wire test"));
        assert_eq!(row.get::<&str, _>("me"), Some(USER));
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_database_are_refused() -> Tested {
    let rig = Rig::start().await?;
    let mut config = rig.config();
    config.authentication(AuthMethod::sql_server(USER, "wrong"));
    let error = bounded(rig.connect_with(config)).await.expect_err("refused");
    assert_eq!(server_error(&error), (18456, 1, 14, 1));
    let mut config = rig.config();
    config.database("nowhere");
    let error = bounded(rig.connect_with(config)).await.expect_err("refused");
    assert_eq!(server_error(&error), (4060, 1, 11, 1));
    Ok(())
}

#[tokio::test]
async fn a_client_refuses_a_certificate_of_another_authority_or_name() -> Tested {
    let rig = Rig::start().await?;
    let (_, other) = issue()?;
    for level in [EncryptionLevel::Required, EncryptionLevel::Strict] {
        let stranger = rig.config_trusting(&other);
        let mut misnamed = rig.config();
        misnamed.hostname_in_certificate("sql9.corp.example");
        for mut config in [stranger, misnamed] {
            config.encryption(level);
            let error = bounded(rig.connect_with(config)).await.expect_err("refused");
            assert!(
                matches!(error, tiberius::error::Error::Tls(_) | tiberius::error::Error::Io { .. }),
                "{error:?}"
            );
        }
    }
    bounded(rig.connect()).await?;
    Ok(())
}

#[tokio::test]
async fn read_only_routing_tells_the_other_server() -> Tested {
    let rig = Rig::start().await?;
    let mut config = rig.config();
    config.readonly(true);
    match bounded(rig.connect_with(config)).await {
        Err(tiberius::error::Error::Routing { host, port }) => {
            assert_eq!((host.as_str(), port), ("sql2.corp.example", 1444));
        }
        other => panic!("not routed: {:?}", other.err()),
    }
    Ok(())
}

#[tokio::test]
async fn several_results_and_an_error_with_all_of_its_parts() -> Tested {
    let rig = Rig::start().await?;
    let mut client = bounded(rig.connect()).await?;
    let results = bounded(
        client.simple_query("SELECT 1 AS a; PRINT N'between'; SELECT 2 AS b WHERE 1 = 0; SELECT 3 AS c"),
    );
    let results = results.await?.into_results().await?;
    let lengths: Vec<usize> = results.iter().map(Vec::len).collect();
    assert_eq!(lengths, [1, 0, 1]);
    assert_eq!(results[2][0].get::<i32, _>("c"), Some(3));
    let failing = "SELECT 1 AS a;\n\nSELECT * FROM no_such_table;";
    let error =
        bounded(async { client.simple_query(failing).await?.into_results().await }).await.unwrap_err();
    assert_eq!(server_error(&error), (208, 1, 16, 3));
    let raised = "RAISERROR(N'it''s wrong', 16, 7);";
    let error = bounded(async { client.simple_query(raised).await?.into_results().await }).await.unwrap_err();
    assert_eq!(server_error(&error), (50000, 7, 16, 1));
    assert!(error.to_string().contains("it's wrong"), "{error}");
    assert_eq!(only_row(&mut client, "SELECT 5 AS alive").await?.get::<i32, _>(0), Some(5));
    Ok(())
}

#[tokio::test]
async fn ten_thousand_rows_and_texts_over_many_packets() -> Tested {
    let rig = Rig::start().await?;
    for size in [512, 4096, 32_767] {
        let mut config = rig.config();
        config.packet_size(size);
        let mut client = bounded(rig.connect_with(config)).await?;
        let rows =
            bounded(client.simple_query("WITH digits(i) AS (SELECT 0) SELECT TOP (10000) n FROM digits"));
        let rows = bounded(rows.await?.into_first_result()).await?;
        let numbers: Vec<i32> = rows.iter().filter_map(|row| row.get(0)).collect();
        assert_eq!(numbers, (0..10_000).collect::<Vec<i32>>());
        let sql = "SELECT REPLICATE(CAST(N'äx' AS nvarchar(max)), 100000) AS big";
        let row = only_row(&mut client, sql).await?;
        assert!(row.get::<&str, _>(0).is_some_and(|text| text == "äx".repeat(100_000)));
        let long = "ü".repeat(70_000);
        let row = only_row(&mut client, &format!("SELECT CAST(N'{long}' AS nvarchar(max)) AS big")).await?;
        assert_eq!(row.get::<&str, _>(0), Some(long.as_str()));
        let mut query = Query::new("SELECT @P1 AS back");
        query.bind(long.as_str());
        let row = bounded(query.query(&mut client)).await?.into_row().await?.expect("one row");
        assert_eq!(row.get::<&str, _>(0), Some(long.as_str()));
    }
    Ok(())
}

#[tokio::test]
async fn a_cancelled_wait_leaves_the_connection_usable() -> Tested {
    let rig = Rig::start().await?;
    let mut client = bounded(rig.connect()).await?;
    for _ in 0..3 {
        let waiting = async {
            client.simple_query("SELECT 1 AS a; WAITFOR DELAY '00:05:00'").await?.into_results().await
        };
        assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err());
        bounded(client.cancel_query()).await?;
        assert_eq!(only_row(&mut client, "SELECT 5 AS alive").await?.get::<i32, _>(0), Some(5));
    }
    Ok(())
}

#[tokio::test]
async fn a_killed_session_gets_596_and_loses_its_connection() -> Tested {
    let rig = Rig::start().await?;
    let mut victim = bounded(rig.connect()).await?;
    let mut killer = bounded(rig.connect()).await?;
    let spid: i16 = only_row(&mut victim, "SELECT @@SPID AS spid").await?.get(0).expect("a number");
    let (started, running) = tokio::sync::oneshot::channel();
    let waiting = tokio::spawn(async move {
        let sql = "WITH digits(i) AS (SELECT 0) SELECT TOP (10000) n FROM digits; WAITFOR DELAY '00:05:00'";
        let answer = async {
            let mut rows = victim.simple_query(sql).await?.into_row_stream();
            started.send(rows.next().await.is_some()).expect("the test waits for it");
            rows.try_for_each(|_| async { Ok(()) }).await
        };
        let answer: Result<(), tiberius::error::Error> = answer.await;
        assert!(victim.simple_query("SELECT 1").await.is_err());
        answer
    });
    assert!(bounded(running).await?);
    bounded(killer.simple_query(format!("KILL {spid}"))).await?.into_results().await?;
    let error = bounded(waiting).await?.unwrap_err();
    assert_eq!(server_error(&error), (596, 1, 21, 1));
    let error =
        bounded(async { killer.simple_query("KILL 9999").await?.into_results().await }).await.unwrap_err();
    assert_eq!(server_error(&error).0, 6106);
    Ok(())
}

#[tokio::test]
async fn transactions_of_the_protocol_reach_the_backend() -> Tested {
    let rig = Rig::start().await?;
    let mut client = bounded(rig.connect()).await?;
    let count = "SELECT @@TRANCOUNT AS n";
    client.begin_transaction().await?;
    assert_eq!(only_row(&mut client, count).await?.get::<i32, _>(0), Some(1));
    client.commit_transaction().await?;
    assert_eq!(only_row(&mut client, count).await?.get::<i32, _>(0), Some(0));
    client.begin_transaction_with_isolation(tiberius::IsolationLevel::Serializable).await?;
    client.rollback_transaction().await?;
    assert_eq!(only_row(&mut client, count).await?.get::<i32, _>(0), Some(0));
    Ok(())
}
