//! PKCE: whoever redeems a code must know the text that its challenge was made from.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A challenge: the SHA-256 digest of a verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge(Vec<u8>);

impl Challenge {
    /// Reads a challenge, its shape telling how it is written: 64 lower-case hexadecimal digits (Looker's Python SDK), or
    /// base64url with or without padding (all others).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_hex = text.len() == 2 * SHA256_OUTPUT_LEN
            && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        let digest = if is_hex { hex(text)? } else { BASE64_URL.decode(text).ok()? };
        (digest.len() == SHA256_OUTPUT_LEN).then_some(Self(digest))
    }

    /// Whether it was made from this verifier.
    pub(crate) fn is_of(&self, verifier: &str) -> bool {
        digest(&SHA256, verifier.as_bytes()).as_ref() == self.0
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let starts = (0..text.len()).step_by(2);
    starts.map(|start| u8::from_str_radix(text.get(start..start + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const BASE64: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const HEX: &str = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3";

    #[test]
    fn every_way_to_write_a_challenge_is_understood() {
        for text in [BASE64, &format!("{BASE64}="), HEX] {
            let challenge = Challenge::parse(text).unwrap();
            assert!(challenge.is_of(VERIFIER) && !challenge.is_of(BASE64), "{text}");
        }
    }

    #[test]
    fn what_is_no_digest_is_no_challenge() {
        for text in
            ["", "abc", &HEX.to_uppercase(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", VERIFIER.get(1..).unwrap()]
        {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }
}
