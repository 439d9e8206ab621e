//! Which flow a delivery belongs to.

use std::collections::HashMap;

use examples::text::printable;
use examples::{logs, providers};
use postfix_log::event::Address;
use postfix_log::{Delivery, Header, Relay};

use crate::By;
use crate::flow::Flow;
use crate::snapshot::{MAX_FLOWS, OTHERS};

/// Flows by number. What makes a flow is looked up as it stands in the log, and gets a name when it is new.
#[derive(Default)]
pub struct Flows {
    flows: Vec<Flow>,
    numbers: HashMap<String, u32>,
    /// By the text of a server, and by a domain.
    servers: HashMap<Vec<u8>, u32>,
    domains: HashMap<Vec<u8>, u32>,
}

impl Flows {
    /// The number of the flow that a delivery belongs to, except by sender.
    pub fn of(&mut self, by: By, header: &Header<'_>, delivery: &Delivery<'_>) -> u32 {
        let server = match by {
            By::Domain | By::Sender => None,
            By::Service => return self.named(service(header)),
            By::Relay | By::Provider => server(delivery),
        };
        let Some(server) = server else { return self.domain(delivery.to) };
        let text = match by {
            By::Relay => without_port(server.text),
            _ => server.text,
        };
        if let Some(number) = self.servers.get(text) {
            return *number;
        }
        let name = match by {
            By::Provider => provider(&server),
            _ => printable(text).to_string(),
        };
        let number = self.named(name);
        keep(&mut self.servers, text, number);
        number
    }

    /// The number of the flow of an address's domain.
    pub fn domain(&mut self, address: &[u8]) -> u32 {
        // What has no domain has a name of its own, as the null sender has.
        let domain = Address::new(address).domain().filter(|domain| !domain.is_empty());
        if let Some(number) = domain.and_then(|domain| self.domains.get(domain)) {
            return *number;
        }
        let number = self.named(logs::domain(Some(address)));
        if let Some(domain) = domain {
            keep(&mut self.domains, domain, number);
        }
        number
    }

    /// The number of the flow with this name, perhaps a new one.
    pub fn named(&mut self, name: String) -> u32 {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        if self.flows.len() >= MAX_FLOWS && name != OTHERS {
            return self.named(OTHERS.to_owned());
        }
        let number = u32::try_from(self.flows.len()).expect("there are few flows");
        self.flows.push(Flow::default());
        self.numbers.insert(name, number);
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

fn keep(numbers: &mut HashMap<Vec<u8>, u32>, key: &[u8], number: u32) {
    if numbers.len() < MAX_FLOWS {
        numbers.insert(key.to_vec(), number);
    }
}

/// The server that an attempt was about: where none was reached, the one that the reason names.
fn server<'a>(delivery: &Delivery<'a>) -> Option<Relay<'a>> {
    if delivery.relay.is_none() { delivery.parse_reason().server() } else { Some(delivery.relay) }
}

fn without_port(server: &[u8]) -> &[u8] {
    let end = server.iter().rposition(|byte| *byte == b']').map_or(server.len(), |at| at + 1);
    server.get(..end).unwrap_or(server)
}

fn service(header: &Header<'_>) -> String {
    let name =
        [header.service(), header.program()].into_iter().flatten().collect::<Vec<_>>().join(&b'/');
    if name.is_empty() { "-".to_owned() } else { printable(&name).to_string() }
}

/// The owner of a server by its name.
fn provider(server: &Relay<'_>) -> String {
    match server.name.filter(|_| server.address.is_some()) {
        Some(name) => providers::owner(name),
        None => printable(server.text).to_string(),
    }
}
