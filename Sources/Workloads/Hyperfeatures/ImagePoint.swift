import Foundation

/// A place in an image: pixels from the left, pixels from the top.
public struct ImagePoint: Equatable, Sendable {
    public let x: Double
    public let y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// The same place after the image was resized.
    func scaled(from old: ImageExtent, to new: ImageExtent) -> ImagePoint {
        ImagePoint(
            x: x * Double(new.width) / Double(old.width), y: y * Double(new.height) / Double(old.height))
    }

    /// The number of the nearest cell of a grid, row by row: clipped into the grid, halves to the even cell, as
    /// `numpy.round` after `numpy.clip`.
    func cell(of grid: ImageExtent) -> Int64 {
        func place(_ value: Double, _ count: Int) -> Int64 {
            Int64(min(max(value, 0), Double(count - 1)).rounded(.toNearestOrEven))
        }
        return Int64(grid.width) * place(y, grid.height) + place(x, grid.width)
    }

    func distance(to other: ImagePoint) -> Double {
        let (dx, dy) = (x - other.x, y - other.y)
        return (dx * dx + dy * dy).squareRoot()
    }
}

/// Width and height of an image or a grid, in pixels or cells.
public struct ImageExtent: Equatable, Sendable, CustomStringConvertible {
    public let width: Int
    public let height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    public var description: String { "\(width)x\(height)" }
    var cells: Int { width * height }
    var longerSide: Double { Double(max(width, height)) }

    /// The place of a cell by its number.
    func point(cell: Int) -> ImagePoint { ImagePoint(x: Double(cell % width), y: Double(cell / width)) }
}

/// A rectangle around an object, in pixels.
public struct BoundingBox: Equatable, Sendable {
    public let left: Double
    public let top: Double
    public let right: Double
    public let bottom: Double

    var longerSide: Double { max(right - left, bottom - top) }
}
