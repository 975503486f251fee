//! What would make a run fit into memory, computed with the same plan.

use crate::engine::llama::{ContextOptions, KvType, Lengths};
use crate::forecast::Forecast;
use crate::models::{TensorType, quantised};

/// A budget below this says too little of a document.
const LEAST_BUDGET: usize = 64;

/// Contexts are this much shorter, one after the other.
const CONTEXT_STEP: usize = 256;

/// One way to make a run fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A context of so many tokens.
    Context(usize),
    /// A budget of so many tokens.
    Budget(usize),
    /// The cache in q8_0.
    QuantisedCache,
    /// [`ContextOptions::low_memory`], if it is not enough by itself with something else.
    LowMemory(Option<Box<Way>>),
    /// Smaller weights.
    Quantisation {
        /// Their type.
        kind: TensorType,
        /// Their bytes.
        bytes: u64,
    },
}

/// What could be done otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    context: Option<usize>,
    budget: Option<usize>,
    quantised_cache: bool,
    low_memory: bool,
    pub(super) weights: Option<u64>,
}

impl Change {
    /// How llama.cpp would be run, and on what.
    pub(super) fn applied(
        &self,
        context: &ContextOptions,
        mut lengths: Lengths,
    ) -> (ContextOptions, Lengths) {
        let mut context = context.clone();
        context.n_ctx = self.context.or(context.n_ctx);
        context.low_memory |= self.low_memory;
        if self.quantised_cache {
            (context.type_k, context.type_v) = (Some(KvType::Q8_0), Some(KvType::Q8_0));
        }
        if let Some(budget) = self.budget {
            lengths.document = budget;
        }
        (context, lengths)
    }
}

impl Forecast<'_> {
    /// Each of these is enough by itself.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        let low_memory = Change {
            low_memory: true,
            ..Change::default()
        };
        let quantised_cache = Change {
            quantised_cache: true,
            ..Change::default()
        };
        let with_low_memory = |way| Way::LowMemory(Some(Box::new(way)));
        let mut ways: Vec<Way> = self.shorter(&Change::default()).into_iter().collect();
        // Not every device can have values in blocks.
        if self.gpu_layers == 0 && self.enough(&quantised_cache) {
            ways.push(Way::QuantisedCache);
        }
        if self.enough(&low_memory) {
            ways.push(Way::LowMemory(None));
        } else if ways.is_empty() {
            ways.extend(self.shorter(&low_memory).map(with_low_memory));
        }
        ways.extend(self.quantisation(&Change::default()));
        if ways.is_empty() {
            ways.extend(self.quantisation(&low_memory).map(with_low_memory));
        }
        ways
    }

    /// Whether a change makes it fit.
    fn enough(&self, change: &Change) -> bool {
        let room = self.free.as_ref().map_or(u64::MAX, |free| free.bytes);
        self.with(change)
            .is_some_and(|(_, plan)| self.on_host(&plan) <= room)
    }

    /// The longest context, if one was asked for, or else the largest budget that fits, on
    /// top of other changes.
    fn shorter(&self, change: &Change) -> Option<Way> {
        if let Some(asked) = self.context.n_ctx {
            let least = self.lengths.prefix + self.lengths.suffix + LEAST_BUDGET;
            let below = asked.div_ceil(CONTEXT_STEP).saturating_sub(1);
            let steps = largest(below, |steps| {
                self.enough(&Change {
                    context: Some(steps * CONTEXT_STEP),
                    ..change.clone()
                })
            });
            let n_ctx = steps? * CONTEXT_STEP;
            return (n_ctx >= least).then_some(Way::Context(n_ctx));
        }
        if !self.budgeted {
            return None;
        }
        let below = self.lengths.document.saturating_sub(1) / LEAST_BUDGET;
        let steps = largest(below, |steps| {
            self.enough(&Change {
                budget: Some(steps * LEAST_BUDGET),
                ..change.clone()
            })
        });
        Some(Way::Budget(steps? * LEAST_BUDGET))
    }

    /// The largest of llama.cpp's simple quantisations that fits.
    fn quantisation(&self, change: &Change) -> Option<Way> {
        let (_, now) = self.plan()?;
        let mut kinds = [TensorType::Q8_0, TensorType::Q4_0].into_iter();
        kinds.find_map(|kind| {
            let bytes = quantised(self.header, kind);
            let change = Change {
                weights: Some(bytes),
                ..change.clone()
            };
            let smaller = self.gpu_layers == 0 && bytes < now.weights;
            (smaller && self.enough(&change)).then_some(Way::Quantisation { kind, bytes })
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
    use super::*;
    use crate::memory::Free;
    use crate::models::{Header, check};

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
            contexts: 1,
            budgeted: true,
            free: Some(Free { bytes, swap, group }),
        }
    }

    fn needed(header: &Header, n_ctx: Option<usize>) -> u64 {
        forecast(header, n_ctx, 0).plan().unwrap().1.total()
    }

    #[test]
    fn the_largest_budget_that_fits_is_named_and_no_larger_one_would() {
        let header = tiny();
        for part in [4, 6, 9] {
            let forecast = forecast(&header, None, needed(&header, None) * part / 10);
            let ways = forecast.ways();
            let &Way::Budget(budget) = ways.first().unwrap() else {
                panic!("{ways:?}");
            };
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
        let &Way::Context(n_ctx) = ways.first().unwrap() else {
            panic!("{ways:?}");
        };
        let enough = |n_ctx| {
            forecast.enough(&Change {
                context: Some(n_ctx),
                ..Change::default()
            })
        };
        assert!(n_ctx < 16_384 && enough(n_ctx) && !enough(n_ctx + CONTEXT_STEP));
        let is_budget = |way: &Way| matches!(way, Way::Budget(_));
        assert!(!ways.iter().any(is_budget), "{ways:?}");
    }

    #[test]
    fn a_smaller_cache_and_a_quantisation_are_named_where_they_are_enough() {
        let header = tiny();
        let needed = needed(&header, None);
        let hardly = forecast(&header, None, needed - (300 << 10)).ways();
        assert!(hardly.contains(&Way::QuantisedCache), "{hardly:?}");
        let smaller = hardly.last().unwrap();
        assert!(
            matches!(
                smaller,
                Way::Quantisation {
                    kind: TensorType::Q8_0,
                    ..
                }
            ),
            "{hardly:?}"
        );
        // It changes nothing for so small a model.
        let is_low_memory = |way: &Way| matches!(way, Way::LowMemory(_));
        assert!(!hardly.iter().any(is_low_memory), "{hardly:?}");
    }

    #[test]
    fn what_nothing_helps_is_said_so_and_a_tenth_is_let_through() {
        let is_hopeless = |forecast: &Forecast| forecast.shortage().is_some();
        let header = tiny();
        let none = forecast(&header, None, 1000);
        assert!(none.ways().is_empty() && is_hopeless(&none));
        let needed = needed(&header, None);
        assert!(is_hopeless(&forecast(&header, None, needed / 10 * 8)));
        let hardly = forecast(&header, None, needed / 100 * 95);
        assert!(!is_hopeless(&hardly) && !hardly.fits());
        assert!(forecast(&header, None, needed).fits());
    }
}
