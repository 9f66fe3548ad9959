//! Door 1: the stable-ABI plugin. It only translates.

use connector_interface::services::Host;
use connector_interface::{Connector, Description, Result, Settings};

use crate::session::{self, Looker};

struct Door;

impl Connector for Door {
    type Session = Looker;

    fn describe() -> Description {
        session::describe()
    }

    fn connect(settings: Settings, host: Host) -> Result<Looker> {
        crate::log::forward_to(host.clone());
        Looker::connect(settings, &host)
    }
}

connector_interface::export!(Door);
