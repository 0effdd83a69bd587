import Testing
import Torch

@Suite("Values of masks, resampling, ordering", .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct ResamplingTests {
    @Test func bilinearByHand() throws {
        let row = try Tensor.of([0, 1] as [Double], shape: [1, 1, 1, 2])
        // Centres of four pixels over two: -0.25, 0.25, 0.75, 1.25, clamped at the border.
        #expect(try row.resized(height: 1, width: 4).values(Double.self) == [0, 0.25, 0.75, 1])
        let corners = try row.resized(height: 1, width: 4, alignCorners: true).values(Double.self)
        #expect(zip(corners, [0, 1.0 / 3, 2.0 / 3, 1]).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(try row.resized(height: 1, width: 4, .nearest).values(Double.self) == [0, 0, 1, 1])
        let wide = try Tensor.of([0, 0, 0, 8, 0, 0, 0, 0] as [Float], shape: [1, 1, 1, 8])
        // Without a wider filter the bright pixel between the samples is missed in part.
        #expect(try wide.resized(height: 1, width: 2).values(Float.self) == [0, 0])
        #expect(try wide.resized(height: 1, width: 2, antialias: true).values(Float.self)[0] > 1)
    }

    @Test func masksAndOrder() throws {
        let values = try Tensor.of([3, -1, 4, -1, 5] as [Double])
        let mask = try values.isTrue(.less, 0)
        #expect(try mask.values(Bool.self) == [false, true, false, true, false])
        #expect(try mask.trueIndices().values(Int64.self) == [1, 3])
        #expect(try values.elements(where: mask.not()).values(Double.self) == [3, 4, 5])
        #expect(try values.filled(where: mask, with: 9).values(Double.self) == [3, 9, 4, 9, 5])
        #expect(try mask.isAnyTrue() && !mask.areAllTrue())
        #expect(try mask.and(mask.not()).or(mask).isEqual(to: mask))
        #expect(try values.sortingIndices().values(Int64.self) == [1, 3, 0, 2, 4])
        let top = try values.top(2)
        #expect(try top.values.values(Double.self) == [5, 4])
        #expect(try top.indices.values(Int64.self) == [4, 2])
        #expect(try values.top(1, smallest: true).values.item() == -1)
        #expect(try values.argmin(axis: 0).item() == 1)
        #expect(try values.cumulativeSum(axis: 0).values(Double.self) == [3, 2, 6, 5, 10])
        let halves = try Tensor.of([0.5, 1.5, 2.5, -0.5])
        #expect(try halves.rounded().values(Double.self) == [0, 2, 2, 0])
        #expect(try Tensor.of([1, .nan, .infinity] as [Double]).isFinite().values(Bool.self) == [true, false, false])
        #expect(try Tensor.of([2, 0] as [Int64]).oneHot(classes: 3).values(Int64.self) == [0, 0, 1, 1, 0, 0])
    }

    @Test func elementTypesConvert() throws {
        for type in ElementType.allCases {
            let there = try Tensor.of([0, 1, 1] as [Float]).converted(to: type)
            #expect(try there.type() == type)
            #expect(try there.converted(to: .float32).values(Float.self) == [0, 1, 1])
        }
        #expect(throws: TorchError.self) { _ = try Tensor.of([1] as [Float]).values(Double.self) }
    }

    @Test func devices() throws {
        #expect(Device("cuda:2") == .cuda(2) && Device("cuda") == .cuda(0) && Device("cpu") == .cpu)
        #expect(Device("tpu") == nil && Device("cuda:-1") == nil)
        let tensor = try Tensor.of([1] as [Float]).requiringGradient()
        try tensor.move(to: .cpu)
        #expect(try tensor.device() == .cpu)
        try tensor.squared().sum().backward()
        #expect(try tensor.gradient()?.item() == 2)
        let count = try Device.cudaCount()
        let error = #expect(throws: TorchError.self) { try Device.cuda(count).requirePresent() }
        #expect(error?.message.contains("sees \(count) CUDA devices") == true)
    }
}
