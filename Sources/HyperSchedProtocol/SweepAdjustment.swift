/// `POST /api/v1/sweeps/{id}/adjust`: how a sweep shares slots from now on; what is left out stays as it is.
public struct SweepAdjustment: Hashable, Sendable, Codable {
    public var priority: Int?
    public var weight: Double?
    /// The new `budget.slot_hours`, those used so far included.
    public var slotHours: Double?

    public init(priority: Int? = nil, weight: Double? = nil, slotHours: Double? = nil) {
        self.priority = priority
        self.weight = weight
        self.slotHours = slotHours
    }

    public static let priorities = -1000...1000
    public static let weights = 0.0...1000.0
    public static let mostSlotHours = 1e9
}
