//! Which flow a delivery belongs to.

use examples::hash::Map;
use examples::text::{printable, shown};
use examples::{logs, providers};
use postfix_log::event::{Address, QueueStart};
use postfix_log::{Client, Delivery, Header, Relay};

use crate::args::By;
use crate::flow::Flow;
use crate::snapshot::{MAX_FLOWS, OTHERS};

/// The flow of what the log does not tell enough about.
pub const UNKNOWN: &str = "(unknown)";

/// The user and the client of what the mail system itself writes: notifications.
pub const OURS: &str = "(mail system)";

/// Flows by number. What makes a flow is looked up as it stands in the log, and gets a name when it is new.
#[derive(Default)]
pub struct Flows {
    flows: Vec<Flow>,
    numbers: Map<String, u32>,
    /// By the text of a server whose owner was asked for, and by a domain.
    servers: Map<Vec<u8>, u32>,
    domains: Map<Vec<u8>, u32>,
}

impl Flows {
    /// The number of the flow that a delivery belongs to, unless its message tells that.
    pub fn of(&mut self, by: By, header: &Header<'_>, delivery: &Delivery<'_>) -> u32 {
        let server = match by {
            By::Domain | By::Sender | By::User | By::Client => None,
            By::Service => return self.named(&service(header)),
            By::Relay | By::Provider => logs::server(delivery),
        };
        let Some(server) = server else { return self.domain(delivery.to) };
        if by == By::Relay {
            return self.named(&shown(logs::without_port(server.text)));
        }
        if let Some(number) = self.servers.get(server.text) {
            return *number;
        }
        let number = self.named(&provider(&server));
        keep(&mut self.servers, server.text, number);
        number
    }

    /// The number of the flow of an address's domain.
    pub fn domain(&mut self, address: &[u8]) -> u32 {
        // What has no domain has a name of its own, as the null sender has.
        let domain = Address::new(address).domain().filter(|domain| !domain.is_empty());
        if let Some(number) = domain.and_then(|domain| self.domains.get(domain)) {
            return *number;
        }
        let number = self.named(&logs::domain(Some(address)));
        if let Some(domain) = domain {
            keep(&mut self.domains, domain, number);
        }
        number
    }

    /// The number of the flow with this name, perhaps a new one.
    pub fn named(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.flows.len() >= MAX_FLOWS && name != OTHERS {
            return self.named(OTHERS);
        }
        let number = u32::try_from(self.flows.len()).expect("there are few flows");
        if self.flows.len() == self.flows.capacity() {
            // Flows are large, and double their number would mostly stand empty.
            self.flows.reserve_exact(16.max(self.flows.len() / 8));
        }
        self.flows.push(Flow::default());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub fn get(&mut self, number: u32) -> Option<&mut Flow> {
        self.flows.get_mut(number as usize)
    }

    /// The flows and their names.
    pub fn into_named(mut self) -> impl Iterator<Item = (String, Flow)> {
        self.numbers.into_iter().map(move |(name, number)| {
            let flow = self.flows.get_mut(number as usize).map(std::mem::take);
            (name, flow.unwrap_or_default())
        })
    }
}

fn keep(numbers: &mut Map<Vec<u8>, u32>, key: &[u8], number: u32) {
    if numbers.len() < MAX_FLOWS {
        numbers.insert(key.to_vec(), number);
    }
}

fn service(header: &Header<'_>) -> String {
    let name =
        [header.service(), header.program()].into_iter().flatten().collect::<Vec<_>>().join(&b'/');
    if name.is_empty() { "-".to_owned() } else { printable(&name).to_string() }
}

/// What the start of a message tells of its user or its client.
pub fn origin(by: By, start: &QueueStart<'_>) -> String {
    let Some(client) = start.orig_client.or(start.client) else {
        return "(local)".to_owned();
    };
    match (by, start.sasl_username) {
        (By::User, Some(user)) => printable(user).to_string(),
        (By::User, None) => "(no login)".to_owned(),
        _ => named(client),
    }
}

/// The client as Postfix writes it, without its port.
fn named(client: Client<'_>) -> String {
    let name = printable(client.name.unwrap_or_default()).to_string();
    format!("{name}[{}]", printable(client.address.as_bytes()))
}

/// The owner of a server by its name.
fn provider(server: &Relay<'_>) -> String {
    match server.name.filter(|_| server.address.is_some()) {
        Some(name) => providers::owner(name),
        None => printable(server.text).to_string(),
    }
}
