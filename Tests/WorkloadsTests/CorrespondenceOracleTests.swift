import Foundation
import Testing
import Torch

@testable import Workloads

@Suite(
    "Hyperfeatures: matching, accuracy, annotations and DDIM against reference results",
    .enabled(if: Oracle.arePresent, Oracle.note), .enabled(if: TorchRuntime.isAvailable, "libtorch is missing"))
struct CorrespondenceOracleTests {
    struct Matching: Decodable {
        struct Mutual: Decodable {
            let nn_1to2: [Int]
            let nn_2to1: [Int]
            let mutual_source_indices: [Int]
        }
        let feats1: OracleArray
        let feats2: OracleArray
        let load_size_wh: [Int]
        let source_points_yx: [[Double]]
        let source_idx: [Int64]
        let upsampled_feats1_first_channel: OracleArray
        let best_similarity: [Double]
        let best_flat_index: [Int]
        let mutual_nearest_neighbours_4x4: Mutual
    }

    @Test func nearestNeighbours() throws {
        let oracle = try Oracle.read("hyperfeatures_nn", as: Matching.self)
        let (a, b) = (try oracle.feats1.tensor().droppingAxis(0), try oracle.feats2.tensor().droppingAxis(0))
        let enlarged = try oracle.feats1.tensor().resized(height: 8, width: 8).slice(0..<1, axis: 1)
        #expect(try oracle.upsampled_feats1_first_channel.difference(from: enlarged.reshaped([8, 8])) < 1e-14)
        let extent = ImageExtent(width: oracle.load_size_wh[0], height: oracle.load_size_wh[1])
        let points = oracle.source_points_yx.map { ImagePoint(x: $0[1], y: $0[0]) }
        #expect(points.map { $0.cell(of: extent) } == oracle.source_idx)
        let found = try DescriptorMatcher(extent: extent).matches(source: a, target: b, points: points)
        #expect(found.map(\.cell) == oracle.best_flat_index)
        #expect(difference(found.map(\.cosine), oracle.best_similarity) < 1e-12)
        let mutual = try DescriptorMatcher.mutualNeighbours(a, b)
        #expect(mutual.forth == oracle.mutual_nearest_neighbours_4x4.nn_1to2)
        #expect(mutual.back == oracle.mutual_nearest_neighbours_4x4.nn_2to1)
        #expect(mutual.mutual == oracle.mutual_nearest_neighbours_4x4.mutual_source_indices)
    }

    struct Accuracy: Decodable {
        struct Case: Decodable {
            let target_size: [Int]
            let bbox: [Double]
            let trg: [[Double]]
            let pred: [[Double]]
            let pck_img: Double
            let pck_bbox: Double
        }
        struct Total: Decodable {
            let pck_img: Double
            let pck_bbox: Double
        }
        let cases: [Case]
        let aggregate_per_keypoint: Total
        let aggregate_per_image: Total
    }

    @Test func correctKeypoints() throws {
        let oracle = try Oracle.read("hyperfeatures_pck", as: Accuracy.self)
        var all = KeypointAccuracy()
        for item in oracle.cases {
            var one = KeypointAccuracy()
            func add(_ accuracy: inout KeypointAccuracy) {
                accuracy.add(
                    predicted: item.pred.map { ImagePoint(x: $0[1], y: $0[0]) },
                    truth: item.trg.map { ImagePoint(x: $0[1], y: $0[0]) },
                    imageSize: ImageExtent(width: item.target_size[0], height: item.target_size[1]),
                    box: BoundingBox(left: item.bbox[0], top: item.bbox[1], right: item.bbox[2], bottom: item.bbox[3]))
            }
            add(&one)
            add(&all)
            #expect(abs(one.perPoint.byImage - item.pck_img) < 1e-15)
            #expect(abs(one.perPoint.byBox - item.pck_bbox) < 1e-15)
        }
        #expect(abs(all.perPoint.byImage - oracle.aggregate_per_keypoint.pck_img) < 1e-15)
        #expect(abs(all.perPoint.byBox - oracle.aggregate_per_keypoint.pck_bbox) < 1e-15)
        #expect(abs(all.perImage.byImage - oracle.aggregate_per_image.pck_img) < 1e-15)
        #expect(abs(all.perImage.byBox - oracle.aggregate_per_image.pck_bbox) < 1e-15)
    }

    struct Annotations: Decodable {
        let source_points_yx_at_64: [[Double]]
        let target_points_yx_at_64: [[Double]]
        let source_idx_64: [Int64]
        let target_idx_64: [Int64]
        let thr_img: Double
        let thr_bbox: Double
    }

    @Test func annotationFiles() throws {
        let oracle = try Oracle.read("hyperfeatures_spair", as: Annotations.self)
        let folder = try TemporaryFolder()
        let path = Oracle.folder + "/hyperfeatures_spair.json"
        let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        let parts = try #require(whole as? [String: Any])
        let name = "000001-2008_002719-2008_004100:aeroplane"
        try FileManager.default.createDirectory(
            atPath: folder.path + "/PairAnnotation/trn", withIntermediateDirectories: true)
        func write(_ value: Any, _ file: String) throws {
            try JSONSerialization.data(withJSONObject: value).write(to: URL(fileURLWithPath: folder.path + "/" + file))
        }
        try write(try #require(parts["pair"]), "PairAnnotation/trn/\(name).json")
        try write([try #require(parts["dhf_record"])], "list.json")
        let pair = try #require(try SPairAnnotations(root: folder.path, layout: "large").pairs(.training).first)
        var listed = try #require(try PairList.read(folder.path + "/list.json").first)
        #expect(listed.sourceSize == nil)
        (listed.sourceSize, listed.targetSize) = (pair.sourceSize, pair.targetSize)
        #expect(listed == pair)
        #expect(pair.source == "aeroplane/2008_002719.jpg" && pair.category == "aeroplane")

        let grid = ImageExtent(width: 64, height: 64)
        let (sourceSize, targetSize) = (try #require(pair.sourceSize), try #require(pair.targetSize))
        for (points, size, expected, cells) in [
            (pair.sourcePoints, sourceSize, oracle.source_points_yx_at_64, oracle.source_idx_64),
            (pair.targetPoints, targetSize, oracle.target_points_yx_at_64, oracle.target_idx_64),
        ] {
            let scaled = points.map { $0.scaled(from: size, to: grid) }
            #expect(difference(scaled.flatMap { [$0.y, $0.x] }, expected.flatMap { $0 }) < 1e-12)
            #expect(scaled.map { $0.cell(of: grid) } == cells)
        }
        #expect(abs(0.1 * targetSize.longerSide - oracle.thr_img) < 1e-12)
        #expect(abs(0.1 * pair.targetBox.longerSide - oracle.thr_bbox) < 1e-12)
    }

    struct Diffusion: Decodable {
        struct Toy: Decodable {
            let x_after_each_step: [[[Double]]]
        }
        let alphas_cumprod: [String: Double]
        let inversion_t_input_to_unet: [Int]
        let inversion_t_next: [Int]
        let save_timestep: [Int]
        let unet_t_of_saved: [String: Int]
        let toy_inversion: Toy
    }

    @Test func inversion() throws {
        let oracle = try Oracle.read("hyperfeatures_ddim", as: Diffusion.self)
        let schedule = NoiseSchedule()
        for (t, expected) in oracle.alphas_cumprod { #expect(abs(schedule.kept(Int(t)!) - expected) < 1e-13) }
        #expect(schedule.kept(-1) == 1)
        let plan = InversionPlan(steps: 50)
        #expect(plan.asked == oracle.inversion_t_input_to_unet && plan.next == oracle.inversion_t_next)
        for index in oracle.save_timestep {
            #expect(plan.timestep(generationIndex: index) == oracle.unet_t_of_saved[String(index)])
        }
        #expect(plan.timestep(generationIndex: 50) == nil)
        let images = oracle.toy_inversion.x_after_each_step
        var image = try Tensor.of(images[0].flatMap { $0 }, shape: [1, 3])
        for (step, expected) in images.dropFirst().enumerated() {
            let noise = try image.scaled(by: 0.1, adding: 0.001 * Double(plan.asked[step]))
            image = try schedule.moved(image, noise: noise, from: plan.asked[step], to: plan.next[step])
            #expect(difference(try image.values(Double.self), expected.flatMap { $0 }) < 1e-12, "step \(step)")
        }
    }
}
