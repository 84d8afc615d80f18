//! One connection that all calls share, and that is made again when it is lost.
//!
//! Not the library's connection manager: that one answers the first call after an outage with the error of
//! an attempt from the time before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo, ProtocolVersion,
    PushInfo, PushKind, RedisError, RedisResult, ScriptInvocation, ServerErrorKind,
};
use tokio::sync::Mutex;
use tokio::time::{error::Elapsed, timeout};

use super::error::Failure;

/// For connecting, with the wait for others who do.
const CONNECT: Duration = Duration::from_secs(2);
/// For one answer.
const ANSWER: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    live: Mutex<Option<Live>>,
}

/// A connection, and whether it is of no more use.
#[derive(Debug, Clone)]
struct Live {
    connection: MultiplexedConnection,
    lost: Arc<AtomicBool>,
}

impl Link {
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let info = url.into_connection_info()?;
        // The third protocol, since only that reports a lost connection before somebody uses it.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let client = Client::open(info.set_redis_settings(settings).set_tcp_settings(tcp))?;
        Ok(Self { client, live: Mutex::default() })
    }

    /// Host and port.
    pub(super) fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    /// The answer to one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        let mut live = self.live().await?;
        let answer = timeout(ANSWER, command.query_async(&mut live.connection)).await;
        live.judge(answer)
    }

    /// The answer of a script.
    pub(super) async fn call<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Failure> {
        let mut live = self.live().await?;
        let answer = timeout(ANSWER, script.invoke_async(&mut live.connection)).await;
        live.judge(answer)
    }

    async fn live(&self) -> Result<Live, Failure> {
        timeout(CONNECT, self.connect()).await.unwrap_or(Err(Failure::Slow(CONNECT)))
    }

    /// One at a time: after an outage, hundreds of calls make one connection.
    async fn connect(&self) -> Result<Live, Failure> {
        let mut live = self.live.lock().await;
        if let Some(live) = live.as_ref().filter(|it| !it.lost.load(Ordering::Relaxed)) {
            return Ok(live.clone());
        }
        let lost = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&lost);
        let push = move |push: PushInfo| -> RedisResult<()> {
            told.fetch_or(push.kind == PushKind::Disconnection, Ordering::Relaxed);
            Ok(())
        };
        // The library's own bounds are one for all values, of a byte or of megabytes.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_push_sender(push);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(live.insert(Live { connection, lost }).clone())
    }
}

impl Live {
    /// The answer. A connection that failed is not used again: a silent one stays silent, and the Redis
    /// behind it may have become a replica.
    fn judge<T>(&self, answer: Result<RedisResult<T>, Elapsed>) -> Result<T, Failure> {
        let (failure, lost) = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => (Failure::from(error.clone()), is_lost(&error)),
            Err(_) => (Failure::Slow(ANSWER), true),
        };
        self.lost.fetch_or(lost, Ordering::Relaxed);
        Err(failure)
    }
}

fn is_lost(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}
