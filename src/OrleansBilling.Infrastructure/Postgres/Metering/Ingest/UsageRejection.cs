namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Why an event was not taken.</summary>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Detail">A sentence that says what to do.</param>
public sealed record UsageRejection(string Code, string Detail)
{
    internal static readonly UsageRejection Malformed = new("malformed_json", "The event is not a JSON object in UTF-8; send one object, on one line where lines are sent.");
    internal static readonly UsageRejection UnknownField = new("unknown_field", "Use id, account, subscription, meter, at, value, properties and hold only.");
    internal static readonly UsageRejection DuplicateField = new("duplicate_field", "Give each field, and each property, once.");
    internal static readonly UsageRejection InvalidType = new("invalid_type", "Give strings; a value or a property may also be a number, a property true or false.");
    internal static readonly UsageRejection MissingId = new("missing_field", "Give the event an id of your own: it counts once by it.");
    internal static readonly UsageRejection MissingAccount = new("missing_field", "Name the account.");
    internal static readonly UsageRejection MissingMeter = new("missing_field", "Name the meter.");
    internal static readonly UsageRejection InvalidId = new("invalid_value", "An id has 1 to 200 characters without control characters.");
    internal static readonly UsageRejection InvalidName = new("invalid_value", "Account, subscription, meter and hold are named by 1 to 200 characters without control characters.");
    internal static readonly UsageRejection InvalidAt = new("invalid_value", "Give 'at' as an RFC 3339 instant with its offset, such as 2026-01-31T00:00:00Z.");
    internal static readonly UsageRejection InvalidProperty = new("invalid_value", "A property has a name of 1 to 64 characters without blanks and a value of at most 200 characters, none of them a control character.");
    internal static readonly UsageRejection TooManyProperties = new("too_many", "Give at most 50 properties.");
    internal static readonly UsageRejection TooLong = new("too_long", "An event has at most 32768 bytes.");
    internal static readonly UsageRejection InvalidNumber = new("invalid_value", "Give the value as a plain decimal such as \"12.5\", of a magnitude up to 10^12 with at most 12 decimals.");
    internal static readonly UsageRejection ValueMissing = new("value_missing", "The meter adds up values: give 'value', or the property that the meter names.");
    internal static readonly UsageRejection PropertyMissing = new("property_missing", "The meter counts the different values of a property: give that property.");
    internal static readonly UsageRejection NoAccount = new("account_not_found", "There is no such account; make it first, or correct the name.");
    internal static readonly UsageRejection NoMeter = new("meter_not_found", "There is no such meter; make it first, or correct the code.");
    internal static readonly UsageRejection NoSubscription = new("subscription_not_found", "The account has no such subscription.");
    internal static readonly UsageRejection TooOld = new("too_old", "The event is older than the deduplication window, so that a repeat could no longer be told; adjust the invoice instead.");
    internal static readonly UsageRejection InFuture = new("in_future", "The event lies more than a day ahead of the account's clock.");
    internal static readonly UsageRejection ClockAdvancing = new("clock_advancing", "The account's test clock advances; send the event again when it is ready.");
    internal static readonly UsageRejection Conflict = new("event_conflict", "The account has an event of this id with other content, which stays; a changed event is a correction.");
    internal static readonly UsageRejection StrayLimit = new("strays_full", "Too many events of unknown accounts and meters wait to be replayed; replay or correct them first.");
}
