//! `minitag eval`: the metrics against scikit-learn.

mod oracle;
