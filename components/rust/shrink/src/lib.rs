//! `shrink`: an image from a stream to a stream, smaller. It imports no file system, so it can't
//! misuse one.

/// What wit-bindgen makes of the world.
mod world {
    wit_bindgen::generate!({
        path: ["../../../wit/deps/io@0.2.12.wit", "wit"],
        world: "forebay:shrink/shrink",
        generate_all,
    });
}

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult};
use world::Format;
use world::wasi::io::streams::{InputStream, OutputStream, StreamError};

/// How much is read at once, in bytes.
const CHUNK: u64 = 64 << 10;
/// The width unless one is asked for, in pixels.
const WIDTH: u32 = 640;
/// The quality of a JPEG unless one is asked for.
const QUALITY: u8 = 80;

struct Shrink;

world::export!(Shrink with_types_in world);

impl world::Guest for Shrink {
    fn shrink(
        input: InputStream,
        output: OutputStream,
        width: Option<u32>,
        format: Option<Format>,
        quality: Option<u8>,
    ) -> Result<(), String> {
        let width = width.unwrap_or(WIDTH);
        let quality = quality.unwrap_or(QUALITY);
        if width == 0 {
            return Err("an image is at least one pixel wide".to_owned());
        }
        if !(1..=100).contains(&quality) {
            return Err("the quality is a number from 1 to 100".to_owned());
        }
        let reader = ImageReader::new(Cursor::new(read(&input)?))
            .with_guessed_format()
            .map_err(|e| e.to_string())?;
        let given = reader.format();
        let image = decoded(reader)
            .map_err(|error| format!("the input is no image that can be read: {error}"))?;
        let image = if width < image.width() { resized(&image, width) } else { image };
        let as_png = match format {
            Some(format) => format == Format::Png,
            None => given == Some(ImageFormat::Png),
        };
        write(&output, &encoded(&image, as_png, quality)?)
    }
}

/// The image, upright: cameras note how they were held.
fn decoded(reader: ImageReader<Cursor<Vec<u8>>>) -> ImageResult<DynamicImage> {
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn resized(image: &DynamicImage, width: u32) -> DynamicImage {
    let height = u64::from(image.height()) * u64::from(width) / u64::from(image.width());
    image.resize_exact(
        width,
        u32::try_from(height.max(1)).unwrap_or(u32::MAX),
        FilterType::Triangle,
    )
}

fn encoded(image: &DynamicImage, as_png: bool, quality: u8) -> Result<Vec<u8>, String> {
    let mut bytes = Cursor::new(Vec::new());
    let done = if as_png {
        image.write_to(&mut bytes, ImageFormat::Png)
    } else {
        image.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
    };
    done.map_err(|error| format!("the image can't be written: {error}"))?;
    Ok(bytes.into_inner())
}

fn read(input: &InputStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match input.blocking_read(CHUNK) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

/// Writes all of `bytes`, as much at once as the stream takes.
fn write(output: &OutputStream, mut bytes: &[u8]) -> Result<(), String> {
    let told = |error| match error {
        StreamError::Closed => "the output was closed".to_owned(),
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
    };
    let pollable = output.subscribe();
    while !bytes.is_empty() {
        pollable.block();
        let room = usize::try_from(output.check_write().map_err(told)?).unwrap_or(usize::MAX);
        let (piece, rest) = bytes.split_at(bytes.len().min(room));
        output.write(piece).map_err(told)?;
        bytes = rest;
    }
    drop(pollable);
    output.blocking_flush().map_err(told)
}
