//! The sockets that a server listens on. They may outlive it: where flux.toml is read anew, the next server takes
//! them over, and no client is refused in between.

use std::net::SocketAddr;

use flux_runtime::config::Config;
use tokio::net::TcpListener;

use crate::ServerError;

/// Open sockets for the routes and for the admin address.
#[derive(Debug)]
pub struct Listeners {
    http: Socket,
    admin: Socket,
}

/// A socket, and the address of flux.toml that it was opened for: port 0 is another port each time.
#[derive(Debug)]
struct Socket {
    asked: String,
    listener: std::net::TcpListener,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// The routes.
    pub http: SocketAddr,
    /// /healthz and /readyz.
    pub admin: SocketAddr,
}

impl Listeners {
    /// Opens both: an address that is taken is reported before anything runs.
    pub async fn open(config: &Config) -> Result<Self, ServerError> {
        let http = Socket::open(&config.http.listen, HTTP).await?;
        let admin = Socket::open(&config.admin.listen, ADMIN).await?;
        Ok(Self { http, admin })
    }

    /// Those of another flux.toml. A socket whose address is the same stays open.
    pub async fn reopen(&self, config: &Config) -> Result<Self, ServerError> {
        let http = self.http.reopen(&config.http.listen, HTTP).await?;
        let admin = self.admin.reopen(&config.admin.listen, ADMIN).await?;
        Ok(Self { http, admin })
    }

    /// Where they listen; a port that was 0 is known now.
    pub fn addresses(&self) -> Result<Addresses, ServerError> {
        let of = |socket: &Socket| socket.listener.local_addr().map_err(ServerError::Serve);
        Ok(Addresses { http: of(&self.http)?, admin: of(&self.admin)? })
    }

    /// For one server: what it accepts on is closed with it, and these stay open.
    pub(crate) fn share(&self) -> Result<(TcpListener, TcpListener), ServerError> {
        Ok((self.http.share()?, self.admin.share()?))
    }
}

/// The keys of flux.toml.
const HTTP: &str = "[http] listen";
const ADMIN: &str = "[admin] listen";

impl Socket {
    async fn open(address: &str, key: &'static str) -> Result<Self, ServerError> {
        let opened = TcpListener::bind(address).await.and_then(TcpListener::into_std);
        let listener =
            opened.map_err(|source| ServerError::Listen { address: address.to_owned(), key, source })?;
        Ok(Self { asked: address.to_owned(), listener })
    }

    async fn reopen(&self, address: &str, key: &'static str) -> Result<Self, ServerError> {
        if address != self.asked {
            return Self::open(address, key).await;
        }
        let listener = self.listener.try_clone().map_err(ServerError::Serve)?;
        Ok(Self { asked: self.asked.clone(), listener })
    }

    fn share(&self) -> Result<TcpListener, ServerError> {
        self.listener.try_clone().and_then(TcpListener::from_std).map_err(ServerError::Serve)
    }
}
