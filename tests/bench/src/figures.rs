//! Medians and ratios of samples that were taken in rounds.

/// The middle of some samples, or the mean of the two middle ones; nothing of none.
pub fn median(samples: &[f64]) -> Option<f64> {
    percentile(samples, 50.0)
}

/// The sample below which so many percent of them lie; between two, in proportion.
pub fn percentile(samples: &[f64], percent: f64) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "no measurement has 2^53 samples")]
    let place = sorted.len().checked_sub(1)? as f64 * percent / 100.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last place")]
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (below, above) = (*sorted.get(below)?, *sorted.get(above)?);
    Some(below + (above - below) * place.fract())
}

/// For each round, one sample against the other.
pub fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).filter(|(_, to)| **to > 0.0).map(|(of, to)| of / to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_and_a_percentile_lies_between_its_neighbours() {
        let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-9;
        assert!(close(median(&[9.0, 1.0, 5.0]), 5.0));
        assert!(close(median(&[4.0, 1.0, 2.0, 3.0]), 2.5));
        assert!(close(percentile(&[0.0, 10.0, 20.0], 75.0), 15.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        assert_eq!(ratios(&[6.0, 10.0], &[2.0, 5.0]), [3.0, 2.0]);
    }
}
