//! The proof that who finishes a sign-in is who started it. Source: RFC 7636, method S256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_interface::{Error, ErrorKind, Result};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Bytes of a verifier. Looker takes the challenge in two encodings and tells them apart by their shape: with 33 bytes the
/// verifier's own base64 is never taken for hexadecimal. Source: Looker's TypeScript SDK.
const VERIFIER_BYTES: usize = 33;
const STATE_BYTES: usize = 18;

/// A verifier, its challenge, and the state that ties a browser's answer to its question.
#[derive(Debug)]
pub(crate) struct Pkce {
    pub(crate) verifier: SecretString,
    pub(crate) challenge: String,
    pub(crate) state: String,
}

impl Pkce {
    /// A new one.
    pub(crate) fn new() -> Result<Self> {
        let verifier = random::<VERIFIER_BYTES>()?;
        let challenge = challenge(&verifier);
        Ok(Self {
            verifier: SecretString::from(verifier.as_str()),
            challenge,
            state: random::<STATE_BYTES>()?.to_string(),
        })
    }
}

/// The challenge of a verifier.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// Random bytes as text for URLs.
fn random<const N: usize>() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new()
        .fill(bytes.as_mut_slice())
        .map_err(|_| Error::new(ErrorKind::Internal, "The system has no random numbers"))?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

impl Pkce {
    /// Whether a verifier can be one: RFC 7636 wants 43 to 128 unreserved characters.
    pub(crate) fn is_verifier(text: &SecretString) -> bool {
        let text = text.expose_secret();
        (43..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_rfcs_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn each_start_has_a_verifier_and_a_state_of_its_own() {
        let (one, two) = (Pkce::new().unwrap(), Pkce::new().unwrap());
        assert_ne!(one.verifier.expose_secret(), two.verifier.expose_secret());
        assert_ne!(one.state, two.state);
        assert!(Pkce::is_verifier(&one.verifier));
        assert!(!Pkce::is_verifier(&SecretString::from("short")));
    }
}
