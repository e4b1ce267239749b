namespace OrleansBilling.Server.Http.Json;

/// <summary>What a string of a request stands for; decides what <see cref="StrictJson"/> refuses in it.</summary>
internal enum TextKind
{
    /// <summary>Words of people: names, descriptions, reasons. Card numbers are refused.</summary>
    Free,

    /// <summary>A code of the catalog: letters, digits and <c>_ - . :</c>, at most 64. Exempt from the search for card numbers.</summary>
    Code,

    /// <summary>An id of ours or the caller's own name: printable, without blanks at its ends. Exempt.</summary>
    Reference,

    /// <summary>A gateway's token: printable, without blanks. Card numbers are refused.</summary>
    Token,

    /// <summary>An ISO 4217 code; read in any case, kept in lower case.</summary>
    Currency,

    /// <summary>An IANA time zone.</summary>
    TimeZone,

    /// <summary>An ISO 3166 alpha-2 code; kept in lower case.</summary>
    Country,

    /// <summary>An e-mail address.</summary>
    Email,
}

/// <summary>Says what a string stands for, and how long it may be.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TextAttribute(TextKind kind = TextKind.Free) : Attribute
{
    /// <summary>What it stands for.</summary>
    public TextKind Kind { get; } = kind;

    /// <summary>Characters at most; 0 takes the limit of the kind.</summary>
    public int Max { get; init; }

    /// <summary>True where an empty string is accepted (it removes a value in a change).</summary>
    public bool Empty { get; init; }
}

/// <summary>Bounds of a whole number; without them an amount of money is between minus and plus <see cref="Limits.AmountMax"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WholeAttribute(long min, long max) : Attribute
{
    /// <summary>The smallest value accepted.</summary>
    public long Min { get; } = min;

    /// <summary>The largest value accepted.</summary>
    public long Max { get; } = max;
}

/// <summary>A decimal string; without this attribute zero and more, at most <see cref="Limits.DecimalMax"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DecimalAttribute : Attribute
{
    /// <summary>True where negative values are accepted.</summary>
    public bool Signed { get; init; }

    /// <summary>True where zero is refused.</summary>
    public bool Positive { get; init; }

    /// <summary>The largest magnitude.</summary>
    public long Max { get; init; } = Limits.DecimalMax;

    /// <summary>True where a whole JSON number is read too: money fields of a price, which may be fractions of a minor unit.</summary>
    public bool OrWhole { get; init; }

    /// <summary>True where only a whole JSON number is read: money in minor units.</summary>
    public bool WholeOnly { get; init; }
}

/// <summary>How many entries a list or an object of pairs may have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EntriesAttribute(int min, int max) : Attribute
{
    /// <summary>At least.</summary>
    public int Min { get; } = min;

    /// <summary>At most.</summary>
    public int Max { get; } = max;

    /// <summary>Characters of a key of an object.</summary>
    public int KeyLength { get; init; } = Limits.CodeLength;
}
