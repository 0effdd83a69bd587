import CTorch

extension Tensor {
    /// The value of a tensor with one element.
    public func item() throws(TorchError) -> Double {
        var value = 0.0
        try TorchRuntime.check(ctorch_item(handle, &value))
        return value
    }

    /// Reads or writes the elements in place. The tensor must be contiguous.
    public func withBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws(TorchError) -> Result
    ) throws(TorchError) -> Result {
        var start: UnsafeMutableRawPointer?
        var count = 0
        try TorchRuntime.check(ctorch_data(handle, &start, &count))
        return try body(UnsafeMutableRawBufferPointer(start: start, count: count))
    }

    /// A copy of the elements in row-major order, whatever their layout and device. The element type must be the
    /// tensor's.
    public func values<Element: TensorElement>(_: Element.Type = Element.self) throws(TorchError) -> [Element] {
        let found = try type()
        guard found == Element.elementType else {
            throw TorchError(
                kind: .refused, message: "asked for \(Element.elementType.rawValue), tensor holds \(found.rawValue)")
        }
        return try contiguous().withBytes { bytes throws(TorchError) in Array(bytes.bindMemory(to: Element.self)) }
    }

    /// The same values in row-major order on the CPU.
    public func contiguous() throws(TorchError) -> Tensor { try Tensor.make { ctorch_contiguous(handle, $0) } }

    public func converted(to type: ElementType) throws(TorchError) -> Tensor {
        try Tensor.make { ctorch_convert(handle, type.code, $0) }
    }

    public func clone() throws(TorchError) -> Tensor { try Tensor.make { ctorch_clone(handle, $0) } }

    /// The same values, cut from the record of gradients.
    public func detached() throws(TorchError) -> Tensor { try Tensor.make { ctorch_detach(handle, $0) } }

    /// Overwrites the values with those of a tensor of the same shape.
    public func copy(from other: Tensor) throws(TorchError) {
        try TorchRuntime.check(ctorch_copy(handle, other.handle))
    }

    /// True where shape and all values agree.
    public func isEqual(to other: Tensor) throws(TorchError) -> Bool {
        var equal = false
        try TorchRuntime.check(ctorch_equal(handle, other.handle, &equal))
        return equal
    }
}
