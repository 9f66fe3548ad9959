//! What users have granted: codes, and the tokens made from them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Challenge;
use crate::auth::Tokens;
use crate::opaque::opaque;
use crate::users::User;

/// How long a code lives.
const CODE_LIFETIME: Duration = Duration::from_mins(5);

/// One consent of a user to an application. Tokens that come from it end together.
#[derive(Debug)]
pub(crate) struct Grant {
    id: u64,
    client_guid: String,
}

/// What a code was asked for with.
#[derive(Debug)]
pub(crate) struct Request {
    /// The application.
    pub(crate) client_guid: String,
    /// Where the code was sent.
    pub(crate) redirect_uri: String,
    /// What the verifier must fit.
    pub(crate) challenge: Challenge,
}

#[derive(Debug)]
struct Code {
    request: Request,
    user: Arc<User>,
    expires: Instant,
    used: Option<Arc<Grant>>,
}

#[derive(Debug)]
struct Refresh {
    grant: Arc<Grant>,
    user: Arc<User>,
    expires: Instant,
}

#[derive(Debug, Default)]
struct Ledger {
    grants: u64,
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, Refresh>,
}

/// All codes and refresh tokens. Access tokens are [`Tokens`]; those of a grant know it.
#[derive(Debug)]
pub(crate) struct Grants {
    ledger: Mutex<Ledger>,
    code_lifetime: Duration,
    refresh_lifetime: Duration,
    rotates: bool,
}

/// What a code or a refresh token is redeemed for.
#[derive(Debug)]
pub(crate) struct Issued {
    /// Access token.
    pub(crate) access_token: String,
    /// Refresh token; none if the old one is to be kept.
    pub(crate) refresh_token: Option<String>,
}

/// What a client shows to redeem a code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The code.
    pub(crate) code: &'a str,
    /// The application.
    pub(crate) client_id: &'a str,
    /// Where the code was received.
    pub(crate) redirect_uri: &'a str,
    /// What the challenge was made from.
    pub(crate) verifier: &'a str,
}

impl Grants {
    /// Nothing granted yet. `rotates` tells whether each refresh ends the refresh token and makes another.
    pub(crate) fn new(refresh_lifetime: Duration, rotates: bool) -> Self {
        Self { ledger: Mutex::default(), code_lifetime: CODE_LIFETIME, refresh_lifetime, rotates }
    }

    /// A code for a user who has said yes.
    pub(crate) fn code(&self, request: Request, user: &Arc<User>) -> String {
        let code = opaque(32);
        let now = Instant::now();
        let mut ledger = self.lock();
        ledger.codes.retain(|_, code| code.expires > now);
        let entry = Code { request, user: Arc::clone(user), expires: now + self.code_lifetime, used: None };
        ledger.codes.insert(code.clone(), entry);
        code
    }

    /// Redeems a code, once. Another try ends what the first one was given. The error is a sentence.
    pub(crate) fn redeem(&self, tokens: &Tokens, shown: Shown<'_>) -> Result<Issued, &'static str> {
        let mut ledger = self.lock();
        let id = ledger.grants + 1;
        let code = ledger.codes.get_mut(shown.code).filter(|code| code.expires > Instant::now());
        let code = code.ok_or("The code is unknown or has expired.")?;
        if let Some(grant) = code.used.clone() {
            ledger.end(tokens, &grant);
            return Err("The code has been used before; what came from it has ended.");
        }
        if code.request.client_guid != shown.client_id {
            return Err("The code was given to another application.");
        }
        if code.request.redirect_uri != shown.redirect_uri {
            return Err("redirect_uri is not the one that the code was sent to.");
        }
        if !code.request.challenge.is_of(shown.verifier) {
            return Err("code_verifier does not fit the challenge.");
        }
        let grant = Arc::new(Grant { id, client_guid: code.request.client_guid.clone() });
        code.used = Some(Arc::clone(&grant));
        let user = Arc::clone(&code.user);
        ledger.grants = id;
        let refresh_token = ledger.refresh_token(&grant, &user, self.refresh_lifetime);
        Ok(Issued { access_token: tokens.granted(&user, grant), refresh_token: Some(refresh_token) })
    }

    /// Makes a new access token from a refresh token. The error is a sentence.
    pub(crate) fn refresh(&self, tokens: &Tokens, token: &str, client_id: &str) -> Result<Issued, &'static str> {
        let mut ledger = self.lock();
        let known = ledger.refresh_tokens.get(token).filter(|known| known.expires > Instant::now());
        let known = known.filter(|known| known.grant.client_guid == client_id);
        let known = known.ok_or("The refresh token is unknown, has ended, or is another application's.")?;
        let (grant, user) = (Arc::clone(&known.grant), Arc::clone(&known.user));
        let refresh_token = self.rotates.then(|| {
            ledger.refresh_tokens.remove(token);
            ledger.refresh_token(&grant, &user, self.refresh_lifetime)
        });
        Ok(Issued { access_token: tokens.granted(&user, grant), refresh_token })
    }

    /// Ends all that came from one consent.
    pub(crate) fn end(&self, tokens: &Tokens, grant: &Grant) {
        self.lock().end(tokens, grant);
    }

    /// Ends all that an application was granted.
    pub(crate) fn end_app(&self, tokens: &Tokens, client_guid: &str) {
        let mut ledger = self.lock();
        ledger.codes.retain(|_, code| code.request.client_guid != client_guid);
        ledger.refresh_tokens.retain(|_, known| known.grant.client_guid != client_guid);
        tokens.end_if(|session| session.grant.as_ref().is_some_and(|grant| grant.client_guid == client_guid));
    }

    /// How many refresh tokens are alive.
    pub(crate) fn live_refresh_tokens(&self) -> usize {
        let now = Instant::now();
        self.lock().refresh_tokens.values().filter(|known| known.expires > now).count()
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    fn refresh_token(&mut self, grant: &Arc<Grant>, user: &Arc<User>, lifetime: Duration) -> String {
        let token = opaque(40);
        let expires = Instant::now() + lifetime;
        let entry = Refresh { grant: Arc::clone(grant), user: Arc::clone(user), expires };
        self.refresh_tokens.insert(token.clone(), entry);
        token
    }

    fn end(&mut self, tokens: &Tokens, grant: &Grant) {
        self.refresh_tokens.retain(|_, known| known.grant.id != grant.id);
        tokens.end_if(|session| session.grant.as_ref().is_some_and(|known| known.id == grant.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::People;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn code(grants: &Grants) -> String {
        let challenge = Challenge::parse(CHALLENGE).unwrap();
        let request = Request { client_guid: "app".into(), redirect_uri: "app://back".into(), challenge };
        grants.code(request, People::new(0).by_id("2").unwrap())
    }

    fn shown(code: &str) -> Shown<'_> {
        Shown { code, client_id: "app", redirect_uri: "app://back", verifier: VERIFIER }
    }

    fn tokens() -> Tokens {
        Tokens::new(Duration::from_mins(1))
    }

    #[test]
    fn a_code_is_good_for_one_grant_and_a_second_use_ends_it() {
        let (grants, tokens) = (Grants::new(Duration::from_mins(1), false), tokens());
        let code = code(&grants);
        assert!(grants.redeem(&tokens, shown(&code)).unwrap().refresh_token.is_some());
        assert_eq!((grants.live_refresh_tokens(), tokens.by_user().len()), (1, 1));
        assert!(grants.redeem(&tokens, shown(&code)).is_err());
        assert_eq!((grants.live_refresh_tokens(), tokens.by_user().len()), (0, 0));
    }

    #[test]
    fn a_code_is_for_who_asked_for_it_and_not_for_long() {
        let (grants, tokens) = (Grants::new(Duration::from_mins(1), false), tokens());
        let kept = code(&grants);
        for wrong in [
            Shown { client_id: "other", ..shown(&kept) },
            Shown { redirect_uri: "app://back/", ..shown(&kept) },
            Shown { verifier: CHALLENGE, ..shown(&kept) },
        ] {
            assert!(grants.redeem(&tokens, wrong).is_err(), "{wrong:?}");
        }
        assert!(grants.redeem(&tokens, shown(&kept)).is_ok());
        let late = Grants { code_lifetime: Duration::ZERO, ..Grants::new(Duration::from_mins(1), false) };
        assert!(late.redeem(&tokens, shown(&code(&late))).is_err());
    }

    #[test]
    fn a_refresh_token_that_rotates_dies_with_its_use_and_any_dies_in_time() {
        let tokens = tokens();
        let first = |grants: &Grants| grants.redeem(&tokens, shown(&code(grants))).unwrap().refresh_token.unwrap();
        let staying = Grants::new(Duration::from_mins(1), false);
        let token = first(&staying);
        for _ in 0..2 {
            assert!(staying.refresh(&tokens, &token, "app").unwrap().refresh_token.is_none());
        }
        assert!(staying.refresh(&tokens, &token, "other").is_err());
        let rotating = Grants::new(Duration::from_mins(1), true);
        let token = first(&rotating);
        let next = rotating.refresh(&tokens, &token, "app").unwrap().refresh_token.unwrap();
        assert!(rotating.refresh(&tokens, &token, "app").is_err());
        assert!(rotating.refresh(&tokens, &next, "app").is_ok());
        let late = Grants::new(Duration::ZERO, false);
        let token = first(&late);
        assert!(late.refresh(&tokens, &token, "app").is_err());
        assert_eq!(late.live_refresh_tokens(), 0);
    }
}
