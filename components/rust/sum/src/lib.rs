//! `sum`: adds numbers, with a list, an enum, flags and a record as arguments.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({ path: "wit", world: "sum" });
}

use world::{Ignored, Line, Rounding};

struct Sum;

world::export!(Sum with_types_in world);

impl world::Guest for Sum {
    fn sum(
        numbers: Vec<f64>,
        rounding: Option<Rounding>,
        ignored: Option<Ignored>,
        line: Option<Line>,
    ) -> Result<f64, String> {
        let ignored = ignored.unwrap_or(Ignored::empty());
        let line = line.unwrap_or(Line { factor: 1.0, offset: 0.0 });
        let mut total = 0.0;
        for number in numbers {
            if ignored.contains(Ignored::NEGATIVE) && number < 0.0 {
                continue;
            }
            if !number.is_finite() {
                if ignored.contains(Ignored::INFINITE) {
                    continue;
                }
                return Err(format!("{number} can't be added; `--ignored infinite` leaves it out"));
            }
            total += number * line.factor + line.offset;
        }
        Ok(match rounding {
            None | Some(Rounding::None) => total,
            Some(Rounding::Floor) => total.floor(),
            Some(Rounding::Ceiling) => total.ceil(),
            Some(Rounding::Nearest) => total.round(),
        })
    }
}
