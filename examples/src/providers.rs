//! The owners of mail servers, judged by the names of the servers.

use crate::text::printable;

/// Names of mail servers whose owner many destinations share.
const PROVIDERS: [(&str, &str); 24] = [
    (".google.com", "Google"),
    (".googlemail.com", "Google"),
    (".outlook.com", "Microsoft"),
    (".hotmail.com", "Microsoft"),
    (".yahoodns.net", "Yahoo"),
    (".icloud.com", "Apple"),
    (".comcast.net", "Comcast"),
    (".gmx.net", "GMX and WEB.DE"),
    (".web.de", "GMX and WEB.DE"),
    (".kundenserver.de", "IONOS"),
    (".ionos.com", "IONOS"),
    (".t-online.de", "T-Online"),
    (".orange.fr", "Orange"),
    (".free.fr", "Free"),
    (".ovh.net", "OVH"),
    (".163.com", "NetEase"),
    (".qq.com", "Tencent"),
    (".mail.ru", "Mail.ru"),
    (".yandex.net", "Yandex"),
    (".mimecast.com", "Mimecast"),
    (".pphosted.com", "Proofpoint"),
    (".barracudanetworks.com", "Barracuda"),
    (".iphmx.com", "Cisco"),
    (".messagelabs.com", "Broadcom"),
];

/// The owner of a server: one of those above by name, or else the domain of the server's name.
pub fn owner(server: &[u8]) -> String {
    let name = server.to_ascii_lowercase();
    if let Some((_, owner)) = PROVIDERS.iter().find(|(end, _)| name.ends_with(end.as_bytes())) {
        return (*owner).to_owned();
    }
    printable(postfix_log::reason::provider(&name).unwrap_or(&name)).to_string()
}
