using System.Globalization;

namespace OrleansBilling.Domain.Invoicing;

/// <summary>
/// The descriptions that billing itself gives to lines, around a name: documents say them in the language of their reader. What a
/// person has written stays as it is.
/// </summary>
public static class LineTexts
{
    /// <summary>The credit of a charge for time that is not used. 0: the plan and its price.</summary>
    public const string UnusedTime = "Unused time: {0}";

    /// <summary>The credit of usage that was corrected. 0: the plan and its price.</summary>
    public const string LessUsed = "Less used: {0}";

    /// <summary>What is missing to a minimum. 0: the plan.</summary>
    public const string MinimumCommitment = "{0}: minimum commitment";

    /// <summary>What is no longer missing to a minimum. 0: the plan.</summary>
    public const string LessMinimumCommitment = "{0}: minimum commitment, less";

    /// <summary>The sale of prepaid credit. 0: the wallet, or the amount with its unit.</summary>
    public const string PrepaidCredit = "Prepaid credit: {0}";

    /// <summary>A description.</summary>
    public static string Of(string text, string name) => string.Format(CultureInfo.InvariantCulture, text, name);

    /// <summary>Which text the description of a line is, and the name within; null for none of them.</summary>
    public static (string Text, string Name)? Find(LineDraft line)
    {
        var text = line switch
        {
            { Kind: LineKind.ProrationCredit } => UnusedTime,
            { Kind: LineKind.Usage, CreditedLine: not null } => LessUsed,
            { Kind: LineKind.Commitment } => line.Amount < 0 ? LessMinimumCommitment : MinimumCommitment,
            { Kind: LineKind.OneTime } when line.Explain.Facts.ContainsKey("grant") => PrepaidCredit,
            _ => null,
        };
        if (text is null)
        {
            return null;
        }

        var at = text.IndexOf("{0}", StringComparison.Ordinal);
        var (before, after) = (text[..at], text[(at + 3)..]);
        return line.Description.Length >= before.Length + after.Length
            && line.Description.StartsWith(before, StringComparison.Ordinal) && line.Description.EndsWith(after, StringComparison.Ordinal)
            ? (text, line.Description[before.Length..^after.Length])
            : null;
    }
}
