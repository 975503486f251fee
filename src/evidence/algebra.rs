//! Sums and products of vectors that stand one behind the other.

/// A row of whole numbers, as numbers.
pub(super) fn scaled<'r>(
    rows: &'r [i8],
    scales: &[f32],
    row: usize,
    width: usize,
) -> impl Iterator<Item = f32> + use<'r> {
    let scale = scales[row];
    let row = &rows[row * width..(row + 1) * width];
    row.iter().map(move |&whole| f32::from(whole) * scale)
}

/// The weighted sum of vectors that stand one after the other.
pub(super) fn weighted(vectors: &[f32], weights: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for (vector, weight) in vectors.chunks_exact(width).zip(weights) {
        sum.iter_mut()
            .zip(vector)
            .for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

/// A vector of length 1 in the same direction; one of zeros stays.
pub(super) fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    normalise(&mut vector);
    vector
}

/// The same for vectors that stand one after the other.
pub(super) fn units(mut vectors: Vec<f32>, width: usize) -> Vec<f32> {
    vectors.chunks_exact_mut(width).for_each(normalise);
    vectors
}

fn normalise(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 1e-12 {
        for x in vector {
            *x /= length;
        }
    }
}

/// The mean of the so many highest products of one vector with others.
pub(super) fn best_mean(others: &[f32], one: &[f32], best: usize) -> f32 {
    let mut highest: Vec<f32> = Vec::with_capacity(best + 1);
    for other in others.chunks_exact(one.len()) {
        let product = dot(other, one);
        if highest.len() < best || highest.last().is_some_and(|&least| product > least) {
            let at = highest.partition_point(|&higher| higher > product);
            highest.insert(at, product);
            highest.truncate(best);
        }
    }
    if highest.is_empty() {
        return 0.0;
    }
    highest.iter().sum::<f32>() / count(highest.len())
}

/// Eight sums side by side, which the compiler turns into vector instructions.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b);
    sums.iter().sum::<f32>() + rest.sum::<f32>()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^24")]
pub(super) fn count(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_products_are_averaged() {
        let others = [1.0, 0.0, 0.0, 2.0, 3.0, 1.0];
        let mean = |best| best_mean(&others, &[1.0, 0.0], best);
        assert!((mean(1) - 3.0).abs() < 1e-6);
        assert!((mean(2) - 2.0).abs() < 1e-6);
        assert!((mean(9) - 4.0 / 3.0).abs() < 1e-6);
        assert!(best_mean(&[], &[1.0, 0.0], 3).abs() < 1e-6);
    }
}
