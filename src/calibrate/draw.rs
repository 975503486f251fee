//! Some of many, drawn while they go by.

use fastrand::Rng;

/// Draws so many of what it is offered, each with the same chance: Vitter's algorithm R.
#[derive(Clone, Debug)]
pub struct Draw<T> {
    most: usize,
    drawn: Vec<T>,
    seen: usize,
    rng: Rng,
}

impl<T> Draw<T> {
    /// Nothing yet; the same seed draws the same places.
    #[must_use]
    pub fn new(most: usize, seed: u64) -> Self {
        Self {
            most,
            drawn: Vec::new(),
            seen: 0,
            rng: Rng::with_seed(seed),
        }
    }

    /// Offers one.
    pub fn offer(&mut self, one: T) {
        self.seen += 1;
        if self.drawn.len() < self.most {
            self.drawn.push(one);
        } else if let Some(place) = self.drawn.get_mut(self.rng.usize(..self.seen)) {
            *place = one;
        }
    }

    /// What was drawn.
    #[must_use]
    pub fn finish(self) -> Vec<T> {
        self.drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(most: usize, seed: u64, of: usize) -> Vec<usize> {
        let mut draw = Draw::new(most, seed);
        (0..of).for_each(|n| draw.offer(n));
        draw.finish()
    }

    #[test]
    fn few_are_all_drawn_in_their_order() {
        assert_eq!(drawn(5, 0, 3), [0, 1, 2]);
    }

    #[test]
    fn each_has_about_the_same_chance() {
        let mut counts = [0; 10];
        for seed in 0..2000 {
            let drawn = drawn(3, seed, 10);
            assert_eq!(drawn.len(), 3);
            for n in drawn {
                counts[n] += 1;
            }
        }
        // 600 are to be expected; four standard deviations are 82.
        assert!(counts.iter().all(|n| (518..=682).contains(n)), "{counts:?}");
    }
}
