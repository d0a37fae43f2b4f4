//! The one place where the wall clock is read.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// Now, unix milliseconds.
pub fn now_unix_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A moment as Kubernetes writes it, whole seconds.
pub fn time_at(unix_ms: i64) -> Time {
    Time(Timestamp::from_second(unix_ms.div_euclid(1000)).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// A moment as RFC 3339 text with milliseconds.
pub fn text_at(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// RFC 3339 text as unix milliseconds.
pub fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}
