/// A line of a table: what it is, and its value.
struct NamedText {
    let name: String
    let value: String
}
