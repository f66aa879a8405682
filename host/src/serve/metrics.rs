//! What a server counts, as Prometheus reads it: by route and guest, whose number doesn't grow with
//! what clients ask for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The upper bounds of the histogram's buckets, in microseconds, and as they are written.
const BUCKETS: [(u64, &str); 14] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
];
/// Classes of replies: by the first digit of a status, and of what has none.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "none"];
/// How many different label values of one metric are told apart; the rest is `other`.
const MOST_LABELS: usize = 200;

/// All that is counted. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    series: Mutex<BTreeMap<(String, String), Arc<Series>>>,
    counters: Mutex<BTreeMap<Named, Arc<AtomicU64>>>,
    gauges: Mutex<BTreeMap<Named, Arc<AtomicI64>>>,
}

/// A metric's name, its help, and one label with its value.
type Named = (&'static str, &'static str, Option<(&'static str, String)>);

/// What is counted of one route and guest.
#[derive(Debug, Default)]
pub struct Series {
    classes: [AtomicU64; CLASSES.len()],
    in_flight: AtomicI64,
    buckets: [AtomicU64; BUCKETS.len() + 1],
    micros: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

/// A request that is being answered. Dropped without [`answered`](Answering::answered), it counts
/// as one without a reply.
#[derive(Debug)]
pub struct Answering {
    series: Arc<Series>,
    began: Instant,
    status: Option<u16>,
}

impl Metrics {
    /// What is counted of a route and a guest. Keep it: it's looked up here.
    pub fn series(&self, route: &str, guest: &str) -> Arc<Series> {
        let mut series = lock(&self.0.series);
        let known = series.len() < MOST_LABELS;
        let name = |name: &str| if known { name.to_owned() } else { "other".to_owned() };
        match series.get(&(route.to_owned(), guest.to_owned())) {
            Some(own) => own.clone(),
            None => series.entry((name(route), name(guest))).or_default().clone(),
        }
    }

    /// Counts one more of something, e.g. `forebay_traps_total` of a guest.
    pub fn count(
        &self,
        name: &'static str,
        help: &'static str,
        label: Option<(&'static str, &str)>,
        more: u64,
    ) {
        let mut counters = lock(&self.0.counters);
        let own = |label: Option<(&'static str, &str)>| {
            (name, help, label.map(|(label, value)| (label, value.to_owned())))
        };
        let known = counters.contains_key(&own(label)) || counters.len() < MOST_LABELS;
        let label = if known { label } else { label.map(|(label, _)| (label, "other")) };
        counters.entry(own(label)).or_default().fetch_add(more, Relaxed);
    }

    /// A number that goes up and down, e.g. `forebay_connections` of a listener.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        label: Option<(&'static str, &str)>,
    ) -> Arc<AtomicI64> {
        let label = label.map(|(label, value)| (label, value.to_owned()));
        lock(&self.0.gauges).entry((name, help, label)).or_default().clone()
    }

    /// Everything, in the text format of Prometheus.
    pub fn render(&self) -> String {
        let mut out = String::new();
        self.requests(&mut out);
        self.durations(&mut out);
        let counters = lock(&self.0.counters);
        let numbers =
            counters.iter().map(|(named, number)| (named, number.load(Relaxed).to_string()));
        plain(&mut out, "counter", numbers);
        let gauges = lock(&self.0.gauges);
        let numbers =
            gauges.iter().map(|(named, number)| (named, number.load(Relaxed).to_string()));
        plain(&mut out, "gauge", numbers);
        out
    }

    fn all(&self) -> Vec<(String, Arc<Series>)> {
        let series = lock(&self.0.series);
        let labels = |(route, guest): &(String, String)| {
            format!("route=\"{}\",guest=\"{}\"", escape(route), escape(guest))
        };
        series.iter().map(|(names, series)| (labels(names), series.clone())).collect()
    }

    fn requests(&self, out: &mut String) {
        let all = self.all();
        head(out, "forebay_requests_total", "counter", "Requests that were answered.");
        for (labels, series) in &all {
            for (class, count) in CLASSES.iter().zip(&series.classes) {
                let count = count.load(Relaxed);
                if count > 0 {
                    line(
                        out,
                        "forebay_requests_total",
                        &format!("{labels},status=\"{class}\""),
                        count,
                    );
                }
            }
        }

        type Get = fn(&Series) -> i128;
        let numbers: [(&str, &str, &str, Get); 3] = [
            (
                "forebay_requests_in_flight",
                "gauge",
                "Requests that are being answered.",
                |series| series.in_flight.load(Relaxed).into(),
            ),
            ("forebay_received_bytes_total", "counter", "Bytes of requests' bodies.", |series| {
                series.received.load(Relaxed).into()
            }),
            ("forebay_sent_bytes_total", "counter", "Bytes of replies' bodies.", |series| {
                series.sent.load(Relaxed).into()
            }),
        ];
        for (name, kind, help, get) in numbers {
            head(out, name, kind, help);
            all.iter().for_each(|(labels, series)| line(out, name, labels, get(series)));
        }
    }

    fn durations(&self, out: &mut String) {
        const NAME: &str = "forebay_request_duration_seconds";
        head(out, NAME, "histogram", "From a request's head to the end of its reply.");
        for (labels, series) in self.all() {
            let mut count = 0;
            let bounds = BUCKETS.iter().map(|(_, bound)| *bound).chain(["+Inf"]);
            for (bound, bucket) in bounds.zip(&series.buckets) {
                count += bucket.load(Relaxed);
                line(out, &format!("{NAME}_bucket"), &format!("{labels},le=\"{bound}\""), count);
            }
            let micros = series.micros.load(Relaxed);
            let sum = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            line(out, &format!("{NAME}_sum"), &labels, sum);
            line(out, &format!("{NAME}_count"), &labels, count);
        }
    }
}

impl Series {
    /// A request of this route began then.
    pub fn begin_at(self: &Arc<Series>, began: Instant) -> Answering {
        self.in_flight.fetch_add(1, Relaxed);
        Answering { series: self.clone(), began, status: None }
    }

    /// A request of this route begins.
    pub fn begin(self: &Arc<Series>) -> Answering {
        self.begin_at(Instant::now())
    }
}

impl Answering {
    /// The reply's status is known.
    pub fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Bytes came.
    pub fn received(&self, bytes: u64) {
        self.series.received.fetch_add(bytes, Relaxed);
    }

    /// Bytes were sent.
    pub fn sent(&self, bytes: u64) {
        self.series.sent.fetch_add(bytes, Relaxed);
    }

    /// How long it has taken.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let series = &self.series;
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let bucket =
            BUCKETS.iter().position(|(bound, _)| micros <= *bound).unwrap_or(BUCKETS.len());
        let class = match self.status {
            Some(status @ 100..600) => usize::from(status / 100) - 1,
            _ => CLASSES.len() - 1,
        };
        series.buckets[bucket].fetch_add(1, Relaxed);
        series.micros.fetch_add(micros, Relaxed);
        series.classes[class].fetch_add(1, Relaxed);
        series.in_flight.fetch_sub(1, Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Metrics with at most one label. Those of one name stand together.
fn plain<'a>(out: &mut String, kind: &str, numbers: impl Iterator<Item = (&'a Named, String)>) {
    let mut last = "";
    for ((name, help, label), number) in numbers {
        if *name != last {
            head(out, name, kind, help);
            last = name;
        }
        let label = label.as_ref();
        let label = label.map(|(label, value)| format!("{label}=\"{}\"", escape(value)));
        line(out, name, &label.unwrap_or_default(), number);
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string doesn't fail.
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = match labels {
        "" => writeln!(out, "{name} {value}"),
        labels => writeln!(out, "{name}{{{labels}}} {value}"),
    };
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_guest_and_class() {
        let metrics = Metrics::default();
        let series = metrics.series("/a\"\\\n*", "api");
        let mut one = series.begin();
        one.answered(204);
        one.sent(5);
        one.received(7);
        drop(one);
        drop(series.begin());
        let _under_way = metrics.series("/a\"\\\n*", "api").begin();

        let text = metrics.render();
        let labels = r#"route="/a\"\\\n*",guest="api""#;
        for line in [
            "# TYPE forebay_requests_total counter".to_owned(),
            format!("forebay_requests_total{{{labels},status=\"2xx\"}} 1"),
            format!("forebay_requests_total{{{labels},status=\"none\"}} 1"),
            format!("forebay_requests_in_flight{{{labels}}} 1"),
            format!("forebay_sent_bytes_total{{{labels}}} 5"),
            format!("forebay_received_bytes_total{{{labels}}} 7"),
            "# TYPE forebay_request_duration_seconds histogram".into(),
            format!("forebay_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 2"),
            format!("forebay_request_duration_seconds_count{{{labels}}} 2"),
        ] {
            assert!(text.lines().any(|own| own == line), "{line}:\n{text}");
        }
    }

    #[test]
    fn each_metric_is_described_once() {
        let metrics = Metrics::default();
        for guest in ["a", "b"] {
            metrics.count("forebay_traps_total", "Guests that trapped.", Some(("guest", guest)), 2);
            metrics
                .gauge("forebay_connections", "Open.", Some(("listener", guest)))
                .store(-1, Relaxed);
        }
        metrics.count("forebay_swaps_total", "Generations.", None, 1);
        let text = metrics.render();
        assert_eq!(text.matches("# TYPE forebay_traps_total counter").count(), 1);
        assert!(text.contains("forebay_traps_total{guest=\"b\"} 2\n"), "{text}");
        assert!(text.contains("forebay_connections{listener=\"a\"} -1\n"), "{text}");
        assert!(text.contains("\nforebay_swaps_total 1\n"), "{text}");
    }

    #[test]
    fn labels_are_bounded() {
        let metrics = Metrics::default();
        for number in 0..1000 {
            let name = number.to_string();
            metrics.count("forebay_x_total", "X.", Some(("guest", &name)), 1);
            drop(metrics.series(&name, "g").begin());
        }
        let text = metrics.render();
        assert!(text.contains("forebay_x_total{guest=\"other\"} 800\n"));
        assert!(text.contains(
            "forebay_requests_total{route=\"other\",guest=\"other\",status=\"none\"} 800\n"
        ));
        assert!(text.lines().count() < 10_000);
    }
}
