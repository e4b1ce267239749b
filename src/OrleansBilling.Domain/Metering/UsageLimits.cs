namespace OrleansBilling.Domain.Metering;

/// <summary>The limits of usage events.</summary>
public static class UsageLimits
{
    /// <summary>Characters of an event's id.</summary>
    public const int IdLength = 200;

    /// <summary>Properties of an event.</summary>
    public const int Properties = 50;

    /// <summary>Characters of a property's name.</summary>
    public const int PropertyNameLength = 64;

    /// <summary>Characters of a property's value.</summary>
    public const int PropertyValueLength = 200;

    /// <summary>The largest magnitude of a value.</summary>
    public const decimal Value = 1_000_000_000_000m;

    /// <summary>Events that one correction changes at most, so that it stays one transaction of bounded length.</summary>
    public const int CorrectedAtOnce = 100_000;

    /// <summary>True for what may name a property.</summary>
    public static bool IsPropertyName(string name) =>
        name.Length is > 0 and <= PropertyNameLength && !name.Any(character => char.IsControl(character) || char.IsWhiteSpace(character));
}
