//! What would make a run fit into memory, computed with the same plan.

use minitag::engine::llama::KvType;
use minitag::models::{TensorType, quantised};

use crate::cli::memory::{Change, Forecast, size};

/// What a smaller cache is made of.
pub(super) const QUANTISED: (KvType, KvType) = (KvType::Q8_0, KvType::Q8_0);

/// A budget below this says too little of a document.
const LEAST_BUDGET: usize = 64;

/// Contexts are this much shorter, one after the other.
const CONTEXT_STEP: usize = 256;

impl Forecast<'_> {
    /// A sentence on what makes it fit.
    pub(super) fn advice(&self) -> String {
        let ways = self.ways();
        let force = "`--force` loads it all the same";
        match ways.split_last() {
            None => format!(
                "no option makes it fit; `-m nano`, the built-in model, takes little; {force}"
            ),
            Some((only, [])) => format!("{only} makes it fit; {force}"),
            Some((last, others)) => {
                format!("{} or {last} makes it fit; {force}", others.join(", "))
            }
        }
    }

    /// Each of these is enough by itself.
    pub(crate) fn ways(&self) -> Vec<String> {
        let mut ways = Vec::new();
        let low_memory = Change {
            low_memory: true,
            ..Change::default()
        };
        let quantised_cache = Change {
            quantised_cache: true,
            ..Change::default()
        };
        ways.extend(self.shorter(&Change::default()).map(|(option, _)| option));
        // Not every device can have values in blocks.
        if self.gpu_layers == 0 && self.enough(&quantised_cache) {
            ways.push("`-ctk q8_0 -ctv q8_0`".to_owned());
        }
        if self.enough(&low_memory) {
            ways.push("`--low-memory`".to_owned());
        } else if ways.is_empty()
            && let Some((_, flag)) = self.shorter(&low_memory)
        {
            ways.push(format!("`--low-memory {flag}`"));
        }
        ways.extend(self.quantisation(&Change::default()));
        if ways.is_empty() {
            let with = self.quantisation(&low_memory);
            ways.extend(with.map(|way| format!("{way} with `--low-memory`")));
        }
        ways
    }

    /// Whether a change makes it fit.
    fn enough(&self, change: &Change) -> bool {
        let room = self.free.as_ref().map_or(u64::MAX, |free| free.bytes);
        self.with(change)
            .is_some_and(|(_, plan)| self.on_host(&plan) <= room)
    }

    /// The longest context, where it was asked for, or else the largest budget that fits,
    /// on top of other changes: as it is shown and as it is typed.
    fn shorter(&self, change: &Change) -> Option<(String, String)> {
        let flag = if let Some(asked) = self.context.n_ctx {
            let least = self.lengths.prefix + self.lengths.suffix + LEAST_BUDGET;
            let below = asked.div_ceil(CONTEXT_STEP).saturating_sub(1);
            let steps = largest(below, |steps| {
                self.enough(&Change {
                    context: Some(steps * CONTEXT_STEP),
                    ..change.clone()
                })
            });
            let n_ctx = steps? * CONTEXT_STEP;
            if n_ctx < least {
                return None;
            }
            format!("-c {n_ctx}")
        } else if self.budgeted {
            let below = self.lengths.document.saturating_sub(1) / LEAST_BUDGET;
            let steps = largest(below, |steps| {
                self.enough(&Change {
                    budget: Some(steps * LEAST_BUDGET),
                    ..change.clone()
                })
            });
            format!("--budget {}", steps? * LEAST_BUDGET)
        } else {
            return None;
        };
        Some((format!("`{flag}`"), flag))
    }

    /// The largest of llama.cpp's simple quantisations that fits.
    fn quantisation(&self, change: &Change) -> Option<String> {
        let (_, now) = self.plan()?;
        let mut kinds = [TensorType::Q8_0, TensorType::Q4_0].into_iter();
        kinds.find_map(|kind| {
            let weights = quantised(self.header, kind);
            let change = Change {
                weights: Some(weights),
                ..change.clone()
            };
            let smaller = self.gpu_layers == 0 && weights < now.weights;
            (smaller && self.enough(&change))
                .then(|| format!("a quantisation to {kind} ({})", size(weights)))
        })
    }
}

/// The largest number from 1 to `most` that fits, where all below one that fits do.
fn largest(most: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut fitting, mut not) = (0, most + 1);
    while not - fitting > 1 {
        let middle = fitting + (not - fitting) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            not = middle;
        }
    }
    (fitting > 0).then_some(fitting)
}

#[cfg(test)]
mod tests {
    use minitag::engine::llama::{ContextOptions, Lengths};
    use minitag::memory::Free;
    use minitag::models::{Header, check};

    use super::*;

    fn tiny() -> Header {
        check("tests/fixtures/tiny-digits.gguf".as_ref()).unwrap()
    }

    fn forecast(header: &Header, n_ctx: Option<usize>, bytes: u64) -> Forecast<'_> {
        let lengths = Lengths {
            prefix: 1000,
            document: 4096,
            suffix: 100,
            together: 0,
        };
        let (swap, group) = (0, None);
        Forecast {
            header,
            context: ContextOptions {
                n_ctx,
                ..ContextOptions::default()
            },
            devices: Vec::new(),
            gpu_layers: 0,
            lengths,
            together: 1,
            budgeted: true,
            free: Some(Free { bytes, swap, group }),
        }
    }

    fn needed(header: &Header, n_ctx: Option<usize>) -> u64 {
        forecast(header, n_ctx, 0).plan().unwrap().1.total()
    }

    /// The number in the first way that begins so.
    fn number(ways: &[String], begin: &str) -> usize {
        let way = ways.iter().find_map(|way| way.strip_prefix(begin));
        way.unwrap().trim_end_matches('`').parse().unwrap()
    }

    #[test]
    fn the_largest_budget_that_fits_is_named_and_no_larger_one_would() {
        let header = tiny();
        for part in [4, 6, 9] {
            let forecast = forecast(&header, None, needed(&header, None) * part / 10);
            let budget = number(&forecast.ways(), "`--budget ");
            let enough = |budget| {
                forecast.enough(&Change {
                    budget: Some(budget),
                    ..Change::default()
                })
            };
            assert!(budget < 4096 && enough(budget), "{budget}");
            assert!(!enough(budget + LEAST_BUDGET), "{budget}");
        }
    }

    #[test]
    fn of_a_context_that_was_asked_for_the_longest_that_fits_is_named() {
        let header = tiny();
        let asked = Some(16_384);
        let forecast = forecast(&header, asked, needed(&header, asked) * 6 / 10);
        let ways = forecast.ways();
        let n_ctx = number(&ways, "`-c ");
        let enough = |n_ctx| {
            forecast.enough(&Change {
                context: Some(n_ctx),
                ..Change::default()
            })
        };
        assert!(n_ctx < 16_384 && enough(n_ctx) && !enough(n_ctx + CONTEXT_STEP));
        assert!(!ways.iter().any(|way| way.contains("--budget")), "{ways:?}");
    }

    #[test]
    fn a_smaller_cache_and_a_quantisation_are_named_where_they_are_enough() {
        let header = tiny();
        let needed = needed(&header, None);
        let hardly = forecast(&header, None, needed - (300 << 10)).ways();
        assert!(
            hardly.contains(&"`-ctk q8_0 -ctv q8_0`".to_owned()),
            "{hardly:?}"
        );
        let quantised = hardly.last().unwrap();
        assert!(
            quantised.starts_with("a quantisation to Q8_0 ("),
            "{hardly:?}"
        );
        // `--low-memory` changes nothing for so small a model.
        assert!(
            !hardly.iter().any(|way| way.contains("--low-memory")),
            "{hardly:?}"
        );
    }

    #[test]
    fn what_nothing_helps_is_said_so_and_a_tenth_is_let_through() {
        let is_hopeless = |forecast: &Forecast| forecast.failure("m.gguf".as_ref()).is_some();
        let header = tiny();
        let none = forecast(&header, None, 1000);
        assert!(none.ways().is_empty() && is_hopeless(&none));
        assert!(none.advice().starts_with("no option makes it fit"));
        let needed = needed(&header, None);
        assert!(is_hopeless(&forecast(&header, None, needed / 10 * 8)));
        let hardly = forecast(&header, None, needed / 100 * 95);
        assert!(!is_hopeless(&hardly) && !hardly.fits());
        assert!(forecast(&header, None, needed).fits());
    }
}
