//! Hostile bytes: nothing panics, nothing runs without end, whatever a client sends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, Connection, Item, Login, LoginRequest, Refusal, Reply, Request, ServerInfo};
use super::bytes::{Put, Reader};
use super::packet::frame;
use super::serve::{Limits, Server, log_in, serve_connection};
use super::tls::ServerTls;
use super::type_info::COLLATION;
use super::{WireError, decode, encode, login7, request, rpc, type_info};
use crate::value::{Column, Length, SqlError, SqlType, SqlValue};

/// Answers each request with its parameters as a row, if it has any.
struct Echo;

#[async_trait]
impl Backend for Echo {
    type Session = ();

    fn server(&self) -> ServerInfo {
        ServerInfo { name: "SQL1".to_owned(), version: (16, 0, 4185) }
    }

    async fn login(&self, _: LoginRequest) -> Result<Login<()>, Refusal> {
        Ok(Login::Accepted { session: (), spid: 51, database: "master".to_owned() })
    }

    async fn run(&self, (): &mut (), request: Request, reply: &mut dyn Reply) -> Result<(), SqlError> {
        if request.parameters.is_empty() {
            reply.send(Item::Done(None)).await;
            return Ok(());
        }
        let columns = request.parameters.iter().map(|one| Column::nullable(one.name.clone(), one.ty));
        reply.send(Item::Columns(columns.collect())).await;
        reply.send(Item::Row(request.parameters.into_iter().map(|one| one.value).collect())).await;
        reply.send(Item::Done(Some(1))).await;
        Ok(())
    }

    async fn reset(&self, (): &mut ()) -> String {
        "master".to_owned()
    }
}

fn server() -> Server<Echo> {
    let issued = rcgen::generate_simple_self_signed(vec!["sql1.corp.example".to_owned()]).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let tls = ServerTls::new(vec![issued.cert.der().clone()], key).unwrap();
    let limits =
        Limits { max_message: 1 << 16, login_deadline: Duration::from_millis(200), ..Limits::default() };
    Server { backend: Arc::new(Echo), tls, limits }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Sends `bytes` to the part after encryption and closes; the answer, once the server has ended too.
fn converse(bytes: &[u8]) -> (Vec<u8>, Result<(), WireError>) {
    runtime().block_on(async {
        let (mut client, transport) = tokio::io::duplex(1 << 20);
        let server = server();
        let kill = CancellationToken::new();
        let connection = Connection { peer: None, local: None, strict: true, kill };
        let serving = async {
            let (mut channel, session) = log_in(Box::new(transport), connection, &server).await?;
            let Some(mut session) = session else { return Ok(()) };
            channel.converse(&mut session).await
        };
        let talking = async {
            let sent = client.write_all(bytes).await;
            drop(client.shutdown().await);
            let mut answer = Vec::new();
            drop(client.read_to_end(&mut answer).await);
            sent.map(|()| answer).unwrap_or_default()
        };
        let both = async { tokio::join!(talking, serving) };
        tokio::time::timeout(Duration::from_secs(10), both).await.expect("ends in time")
    })
}

fn message(kind: u8, payload: &[u8], size: usize) -> Vec<u8> {
    let mut packets = Vec::new();
    frame(kind, payload, size, &mut packets);
    packets
}

fn login() -> Vec<u8> {
    let fields = ["host", "user", "secret", "program", "server", "", "library", "", "master"];
    let mut body = Vec::new();
    body.put_u32(0x7400_0004);
    body.put_u32(4096);
    body.extend([0; 12]);
    body.extend([0; 4]);
    body.extend([0; 8]);
    let (mut offset, mut data) = (94_u16, Vec::new());
    for field in fields {
        body.put_u16(offset);
        body.put_u16(u16::try_from(field.len()).unwrap());
        field.encode_utf16().for_each(|unit| data.put_u16(unit));
        offset += u16::try_from(field.len() * 2).unwrap();
    }
    body.resize(90, 0);
    body.extend(data);
    let mut payload = Vec::new();
    payload.put_u32(u32::try_from(body.len() + 4).unwrap());
    payload.extend(body);
    message(0x10, &payload, 4096)
}

fn headers() -> Vec<u8> {
    let mut payload = Vec::new();
    payload.put_u32(22);
    payload.put_u32(18);
    payload.put_u16(2);
    payload.extend([0; 12]);
    payload
}

/// `sp_executesql N'SELECT @a', N'@a int', @a = 7`
fn call() -> Vec<u8> {
    let mut payload = headers();
    payload.put_u16(0xFFFF);
    payload.put_u16(10);
    payload.put_u16(0);
    for text in ["SELECT @a", "@a int"] {
        payload.extend([0, 0, type_info::byte::NVARCHAR]);
        payload.put_u16(8000);
        payload.put_bytes(&COLLATION);
        payload.put_us_varchar(text, u16::MAX);
        let length = payload.len() - text.len() * 2 - 2;
        payload[length] = u8::try_from(text.len() * 2).unwrap();
    }
    payload.put_b_varchar("@a");
    payload.extend([0, type_info::byte::INT_N, 4, 4, 7, 0, 0, 0]);
    payload
}

/// A whole session that the server answers.
fn session() -> Vec<u8> {
    let mut bytes = login();
    let mut batch = headers();
    "SELECT 1".encode_utf16().for_each(|unit| batch.put_u16(unit));
    bytes.extend(message(0x01, &batch, 4096));
    bytes.extend(message(0x03, &call(), 64));
    bytes.extend(message(0x06, &[], 4096));
    let mut begin = headers();
    begin.extend([5, 0, 0, 0]);
    bytes.extend(message(0x0E, &begin, 4096));
    bytes
}

#[test]
fn the_unharmed_session_is_answered_to_its_end() {
    let (answer, ended) = converse(&session());
    ended.unwrap();
    // Login, batch, call, attention, transaction: five messages, each with one last packet.
    let mut rest = answer.as_slice();
    let mut last = 0;
    while let [4, status, high, low, ..] = rest {
        last += usize::from(*status == 1);
        rest = &rest[usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    assert_eq!((last, rest.len()), (5, 0));
    let row = [0xD1, 4, 7, 0, 0, 0];
    assert!(answer.windows(row.len()).any(|window| window == row), "the call's parameter comes back");
}

#[test]
fn a_message_longer_than_the_limit_ends_the_connection() {
    let mut bytes = login();
    bytes.extend(message(0x01, &vec![0; 1 << 17], 4096));
    let (_, ended) = converse(&bytes);
    assert!(matches!(ended, Err(WireError::TooLarge)), "{ended:?}");
}

#[test]
fn a_silent_client_is_dropped_at_the_login_deadline() {
    let ended = runtime().block_on(async {
        let (_client, transport) = tokio::io::duplex(4096);
        let serving = serve_connection(transport, None, None, &server(), &CancellationToken::new()).await;
        serving.unwrap_err()
    });
    assert!(matches!(ended, WireError::LoginDeadline), "{ended:?}");
}

#[test]
fn a_killed_session_ends_although_its_client_does_not_read() {
    runtime().block_on(async {
        let (mut client, transport) = tokio::io::duplex(1 << 12);
        let server = server();
        let kill = CancellationToken::new();
        let connection = Connection { peer: None, local: None, strict: true, kill: kill.clone() };
        client.write_all(&login()).await.unwrap();
        let (mut channel, session) = log_in(Box::new(transport), connection, &server).await.unwrap();
        let serving = super::serve::converse(&mut channel, session, &kill);
        let killing = async {
            // Answers that nobody reads fill the transport.
            let mut sent = 0;
            while let Ok(Ok(())) =
                tokio::time::timeout(Duration::from_millis(50), client.write_all(&message(0x03, &call(), 64)))
                    .await
            {
                sent += 1;
            }
            kill.cancel();
            sent
        };
        let both = async { tokio::join!(serving, killing) };
        let (ended, sent) = tokio::time::timeout(Duration::from_secs(10), both).await.expect("ends in time");
        assert!(matches!(ended, Err(WireError::Closed)), "{ended:?}");
        assert!(sent > 10, "{sent}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn parsers_take_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        drop(login7::Login7::parse(&bytes));
        drop(request::parse_batch(&bytes));
        drop(request::parse_transaction(&bytes));
        drop(rpc::parse(&bytes));
    }

    #[test]
    fn calls_take_any_bytes_after_their_headers(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut payload = headers();
        payload.extend(bytes);
        drop(rpc::parse(&payload));
        drop(request::parse_transaction(&payload));
    }

    #[test]
    fn values_of_any_declared_type_take_any_bytes(code in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut all = vec![code];
        all.extend(bytes);
        let mut input = Reader::new(&all);
        if let Ok(Some((ty, framing))) = type_info::decode(&mut input) {
            drop(decode::decode(ty, framing, &mut input));
        }
    }

    #[test]
    fn a_harmed_session_ends(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = session();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        drop(converse(&bytes));
    }

    #[test]
    fn any_first_bytes_end(mut bytes in prop::collection::vec(any::<u8>(), 0..400), first in prop::sample::select(vec![0x12_u8, 0x16, 0])) {
        bytes.insert(0, first);
        let ended = runtime().block_on(async {
            let (mut client, transport) = tokio::io::duplex(1 << 16);
            client.write_all(&bytes).await.unwrap();
            drop(client.shutdown().await);
            let server = server();
            let shutdown = CancellationToken::new();
            let serving = serve_connection(transport, None, None, &server, &shutdown);
            tokio::time::timeout(Duration::from_secs(10), serving).await
        });
        prop_assert!(matches!(ended, Ok(Err(_))), "{ended:?}");
    }
}

fn text() -> impl Strategy<Value = SqlValue> {
    "[a-zäöü€日😀 ]{0,30}".prop_map(SqlValue::Text)
}

fn typed() -> impl Strategy<Value = (SqlType, SqlValue)> {
    prop_oneof![
        any::<bool>().prop_map(|value| (SqlType::Bit, SqlValue::Bit(value))),
        any::<u8>().prop_map(|value| (SqlType::TinyInt, SqlValue::TinyInt(value))),
        any::<i16>().prop_map(|value| (SqlType::SmallInt, SqlValue::SmallInt(value))),
        any::<i32>().prop_map(|value| (SqlType::Int, SqlValue::Int(value))),
        any::<i64>().prop_map(|value| (SqlType::BigInt, SqlValue::BigInt(value))),
        any::<i64>().prop_map(|value| (SqlType::Money, SqlValue::Money(value))),
        any::<[u8; 16]>().prop_map(|value| (SqlType::UniqueIdentifier, SqlValue::Guid(value))),
        text().prop_map(|value| (SqlType::NVarChar(Length::Limited(200)), value)),
        text().prop_map(|value| (SqlType::NVARCHAR_MAX, value)),
        prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|value| (SqlType::VarBinary(Length::Max), SqlValue::Binary(value))),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same((ty, value) in typed(), null in any::<bool>()) {
        let value = if null { SqlValue::Null } else { value };
        let mut bytes = Vec::new();
        let framing = type_info::encode(ty, true, &mut bytes);
        encode::encode(ty, framing, &value, &mut bytes).unwrap();
        let mut input = Reader::new(&bytes);
        let (declared, framing) = type_info::decode(&mut input).unwrap().unwrap();
        prop_assert_eq!(declared, ty);
        prop_assert_eq!(decode::decode(declared, framing, &mut input).unwrap(), value);
        prop_assert!(input.is_empty());
    }

    #[test]
    fn decimals_keep_every_digit(unscaled in -(10_i128.pow(38) - 1)..10_i128.pow(38), scale in 0_u8..=38) {
        let value = SqlValue::Decimal(crate::value::Decimal { unscaled, scale });
        let ty = SqlType::Decimal { precision: 38, scale };
        let mut bytes = Vec::new();
        let framing = type_info::encode(ty, false, &mut bytes);
        encode::encode(ty, framing, &value, &mut bytes).unwrap();
        let mut input = Reader::new(&bytes);
        let (declared, framing) = type_info::decode(&mut input).unwrap().unwrap();
        prop_assert_eq!(decode::decode(declared, framing, &mut input).unwrap(), value);
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let cases = [
        (SqlType::TinyInt, SqlValue::Int(256)),
        (SqlType::Int, SqlValue::Text("1".to_owned())),
        (SqlType::NVarChar(Length::Limited(2)), SqlValue::text("abc")),
        (SqlType::Char(2), SqlValue::text("abc")),
        (SqlType::SmallMoney, SqlValue::Money(i64::MAX)),
        (
            SqlType::Decimal { precision: 3, scale: 1 },
            SqlValue::Decimal(crate::value::Decimal { unscaled: 1000, scale: 1 }),
        ),
        (SqlType::Time(8), SqlValue::Time(crate::value::Time { ticks: 0 })),
    ];
    for (ty, value) in cases {
        let mut bytes = Vec::new();
        let framing = type_info::encode(ty, true, &mut bytes);
        assert_eq!(encode::encode(ty, framing, &value, &mut bytes), Err(encode::Unfit), "{ty:?} {value:?}");
    }
    let framing = type_info::encode(SqlType::Int, false, &mut Vec::new());
    let null = encode::encode(SqlType::Int, framing, &SqlValue::Null, &mut Vec::new());
    assert_eq!(null, Err(encode::Unfit), "NULL in a column that cannot hold it");
}
