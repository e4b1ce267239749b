using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>How a language writes amounts, numbers and days. The program carries no cultures of the system: these are its own.</summary>
internal sealed class PaperFormats(DocumentLanguage language, Currency currency, string timeZone)
{
    // Between digits, and between a number and its currency; never at the end of a line.
    private const string Blank = "\u00a0";

    private static readonly ImmutableDictionary<string, string> Symbols = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["eur"] = "€", ["usd"] = "$", ["gbp"] = "£", ["jpy"] = "¥", ["aud"] = "A$", ["cad"] = "CA$", ["nzd"] = "NZ$", ["hkd"] = "HK$",
        ["mxn"] = "MX$", ["brl"] = "R$", ["twd"] = "NT$", ["cny"] = "CN¥",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    private static readonly string[] EnglishMonths =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly string[] GermanMonths =
        ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];

    private static readonly string[] FrenchMonths =
        ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

    private (string Group, string Point) Marks => language switch
    {
        DocumentLanguage.De => (".", ","),
        DocumentLanguage.Fr => (Blank, ","),
        _ => (",", "."),
    };

    /// <summary>An amount of minor units, with its currency: <c>€1,234.56</c>, <c>1.234,56 €</c>, <c>￥1,234</c>.</summary>
    public string Money(long amount) => Money(amount, currency.Decimals);

    /// <summary>An amount that may be a fraction of a minor unit; as many decimals as it has.</summary>
    public string UnitMoney(decimal amount) => Money(amount, Math.Max(currency.Decimals, Decimals(amount) + currency.Decimals));

    /// <summary>A quantity, with as many decimals as it has.</summary>
    public string Number(decimal value) => (value < 0 ? "-" : "") + Digits(Math.Abs(value), Decimals(value));

    /// <summary>A percentage: <c>19%</c>, <c>19 %</c>.</summary>
    public string Percentage(decimal value) => Number(value) + (language is DocumentLanguage.De or DocumentLanguage.Fr ? Blank + "%" : "%");

    /// <summary>A day in words: <c>January 31, 2026</c>.</summary>
    public string Day(Instant at)
    {
        var date = DateOf(at);
        return language switch
        {
            DocumentLanguage.De => $"{date.Day}. {GermanMonths[date.Month - 1]} {date.Year}",
            DocumentLanguage.Fr => $"{(date.Day == 1 ? "1er" : date.Day)} {FrenchMonths[date.Month - 1]} {date.Year}",
            DocumentLanguage.Ja => $"{date.Year}年{date.Month}月{date.Day}日",
            _ => $"{EnglishMonths[date.Month - 1]} {date.Day}, {date.Year}",
        };
    }

    /// <summary>A period by its first and last day, or null where it is an instant. Its end belongs to the next one.</summary>
    public string? Period(Domain.Schedule.Period period)
    {
        if (period.End <= period.Start)
        {
            return null;
        }

        var (first, last) = (Short(DateOf(period.Start)), Short(DateOf(period.End - Duration.FromNanoseconds(1))));
        return first == last ? first : $"{first} – {last}";
    }

    private string Money(decimal minor, int decimals)
    {
        var major = Math.Abs(minor);
        for (var i = 0; i < currency.Decimals; i++)
        {
            major /= 10m;
        }

        var sign = minor < 0 ? "-" : "";
        var digits = Digits(major, decimals);
        var symbol = Symbol();
        return language is DocumentLanguage.De or DocumentLanguage.Fr
            ? $"{sign}{digits}{Blank}{symbol}"
            : $"{sign}{symbol}{(char.IsLetter(symbol[^1]) ? Blank : "")}{digits}";
    }

    private string Symbol() => (language, currency.Code) switch
    {
        (DocumentLanguage.Ja, "jpy") => "￥",
        (DocumentLanguage.Ja, "cny") => "元",
        (DocumentLanguage.Fr, "usd") => "$US",
        _ => Symbols.GetValueOrDefault(currency.Code) ?? currency.Code.ToUpperInvariant(),
    };

    private string Digits(decimal value, int decimals)
    {
        var plain = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Split('.');
        var whole = new System.Text.StringBuilder();
        for (var i = 0; i < plain[0].Length; i++)
        {
            whole.Append(i > 0 && (plain[0].Length - i) % 3 == 0 ? Marks.Group : "").Append(plain[0][i]);
        }

        return plain.Length == 1 ? whole.ToString() : whole + Marks.Point + plain[1];
    }

    private static int Decimals(decimal value)
    {
        var text = (value / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? 0 : text.Length - point - 1;
    }

    private LocalDate DateOf(Instant at) => TimeZones.LocalOf(at, timeZone).Date;

    private string Short(LocalDate date) => language switch
    {
        DocumentLanguage.De => $"{date.Day:D2}.{date.Month:D2}.{date.Year}",
        DocumentLanguage.Fr => $"{date.Day:D2}/{date.Month:D2}/{date.Year}",
        DocumentLanguage.Ja => $"{date.Year}/{date.Month:D2}/{date.Day:D2}",
        _ => $"{EnglishMonths[date.Month - 1][..3]} {date.Day}, {date.Year}",
    };
}
