//! An API server in memory: what the controller's client sends is answered from a store, with versions, generations,
//! finalizers, status as a part of its own, and watches.
//!
//! It judges no schema: that is what the real kube-apiserver is asked for. Semantics: Kubernetes API Concepts (resource
//! versions, watches), Custom Resources (status subresource, generation), Finalizers.

mod path;
mod store;
mod watch;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use kube::client::Body as ClientBody;
use path::Target;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;
use tokio::sync::watch as signal;

pub use path::Collection;
pub use store::{Key, Refusal};

/// One request, for counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// `GET`, `PATCH`, ….
    pub method: String,
    /// Path and query.
    pub path: String,
}

/// Answers a request instead of the store, if it wants to.
pub type Intercept = Box<dyn Fn(&ApiRequest) -> Option<u16> + Send>;

/// What time it is: unix milliseconds.
pub type Clock = Box<dyn Fn() -> i64 + Send>;

/// The server. Clones share it.
#[derive(Clone)]
pub struct ApiServer(Arc<Shared>);

struct Shared {
    store: Mutex<Store>,
    requests: Mutex<Vec<ApiRequest>>,
    intercept: Mutex<Option<Intercept>>,
    clock: Mutex<Option<Clock>>,
    /// Revision of the newest change.
    changed: signal::Sender<u64>,
}

impl Default for ApiServer {
    fn default() -> Self {
        Self::holding(Store::default())
    }
}

impl ApiServer {
    fn holding(store: Store) -> Self {
        let changed = signal::Sender::new(store.revision());
        let (store, requests) = (Mutex::new(store), Mutex::default());
        let (intercept, clock) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Shared { store, requests, intercept, clock, changed }))
    }

    /// Another server with the same objects.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::holding(self.store().fork())
    }

    /// A client of this server. It belongs to the runtime that it is made in.
    pub fn client(&self) -> kube::Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<ClientBody>| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        kube::Client::new(service, "default")
    }

    /// Requests are answered with this status code where `intercept` says so.
    pub fn intercept(&self, intercept: Option<Intercept>) {
        *self.0.intercept.lock().unwrap_or_else(PoisonError::into_inner) = intercept;
    }

    /// Objects are created and deleted at times of this clock from now on.
    pub fn keep_time(&self, clock: Clock) {
        *self.0.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock);
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<ApiRequest> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Objects of a collection, by name.
    pub fn list(&self, collection: &Collection) -> Vec<Value> {
        self.store().list(collection)
    }

    /// One object.
    pub fn get(&self, key: &Key) -> Option<Value> {
        self.store().get(key).cloned()
    }

    /// Every version of every object that there ever was, oldest first.
    pub fn history(&self) -> Vec<Value> {
        self.store().history().map(|change| change.object.clone()).collect()
    }

    /// Every object as it is, and every version that there ever was since this server began, with where it is.
    pub fn written(&self) -> Vec<(Collection, Value)> {
        let store = self.store();
        let present = store.present().map(|(key, object)| (key.collection.clone(), object.clone()));
        let past = store.history().map(|change| (change.collection.clone(), change.object.clone()));
        present.chain(past).collect()
    }

    /// Revision of the newest change.
    pub fn revision(&self) -> u64 {
        self.store().revision()
    }

    /// Creates an object, or changes its metadata and spec to these, as `kubectl replace` does. Status is kept.
    pub fn put(&self, collection: &Collection, object: Value) -> Result<Value, Refusal> {
        self.change(|store| store.put(collection, object))
    }

    /// Changes an object by a merge patch; `status`: only its status, else all but its status.
    pub fn merge(&self, key: &Key, patch: &Value, status: bool) -> Result<Value, Refusal> {
        self.change(|store| store.merge(key, patch, status))
    }

    /// Deletes an object, or marks it if it has finalizers.
    pub fn delete(&self, key: &Key) -> Result<Value, Refusal> {
        self.change(|store| store.delete(key))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        let now = self.0.clock.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|clock| clock());
        let mut store = self.store();
        if let Some(now) = now {
            store.set_time(now);
        }
        let result = change(&mut store);
        let revision = store.revision();
        self.0.changed.send_if_modified(|seen| std::mem::replace(seen, revision) != revision);
        result
    }

    async fn answer(&self, request: Request<ClientBody>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let seen = ApiRequest { method: parts.method.to_string(), path };
        let refused =
            self.0.intercept.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|i| i(&seen));
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
        if let Some(code) = refused {
            return failure(&Refusal { code, reason: "InternalError", message: "as the weather is".into() });
        }
        let Some(target) = Target::parse(&seen.path) else {
            return failure(&Refusal::not_found(&seen.path));
        };
        let body = body.collect_bytes().await.unwrap_or_default();
        let metadata = parts.headers.get("accept").and_then(|accept| accept.to_str().ok());
        let metadata = metadata.is_some_and(|accept| accept.contains("PartialObjectMetadata"));
        if parts.method == Method::GET && target.name.is_none() {
            return match target.watch_from {
                Some(from) => self.watch(target.collection, from, metadata),
                None => json_of(StatusCode::OK, &self.list_answer(&target.collection, metadata)),
            };
        }
        let body = serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null);
        match self.perform(&parts.method, &target, body) {
            Ok((code, object)) => json_of(code, &object),
            Err(refusal) => failure(&refusal),
        }
    }

    fn list_answer(&self, collection: &Collection, metadata: bool) -> Value {
        let store = self.store();
        let items = store.list(collection).into_iter();
        let items: Vec<Value> = if metadata { items.map(|o| partial(&o)).collect() } else { items.collect() };
        let kind = if metadata { "PartialObjectMetadataList" } else { "List" };
        let version = if metadata { "meta.k8s.io/v1" } else { "v1" };
        let revision = store.revision().to_string();
        json!({"kind": kind, "apiVersion": version, "metadata": {"resourceVersion": revision}, "items": items})
    }

    fn perform(&self, method: &Method, target: &Target, body: Value) -> Result<(StatusCode, Value), Refusal> {
        let missing = || Refusal::not_found(&target.collection.plural);
        let key = |name: &Option<String>| {
            let name = name.clone().ok_or_else(missing)?;
            Ok::<_, Refusal>(Key { collection: target.collection.clone(), name })
        };
        let status = target.subresource.as_deref() == Some("status");
        match *method {
            Method::GET => Ok((StatusCode::OK, self.get(&key(&target.name)?).ok_or_else(missing)?)),
            Method::POST => {
                Ok((StatusCode::CREATED, self.change(|store| store.create(&target.collection, body))?))
            }
            Method::PATCH => Ok((StatusCode::OK, self.merge(&key(&target.name)?, &body, status)?)),
            Method::DELETE => Ok((StatusCode::OK, self.delete(&key(&target.name)?)?)),
            _ => Err(Refusal { code: 405, reason: "MethodNotAllowed", message: method.to_string() }),
        }
    }
}

/// An object as a watch of metadata shows it.
fn partial(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object.get("metadata"),
    })
}

fn json_of(code: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = code;
    response.headers_mut().insert("content-type", axum::http::HeaderValue::from_static("application/json"));
    response
}

fn failure(refusal: &Refusal) -> Response<Body> {
    let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "reason": refusal.reason,
        "message": refusal.message,
        "code": refusal.code,
    });
    json_of(code, &body)
}
