using System.Collections.Frozen;

namespace OrleansBilling.Domain.Kernel;

/// <summary>
/// An ISO 4217 currency: its lower-case code and the number of decimals of its minor unit (0, 2 or 3).
/// </summary>
/// <remarks>Only currencies in use as means of payment are listed; fund codes and metals are not.</remarks>
public sealed record Currency
{
    private static readonly FrozenDictionary<string, Currency> Known = Build();

    private Currency(string code, int decimals)
    {
        Code = code;
        Decimals = decimals;
    }

    /// <summary>Lower-case ISO 4217 code, such as <c>usd</c>.</summary>
    public string Code { get; }

    /// <summary>Digits after the decimal point of one major unit: 0 (jpy), 2 (usd) or 3 (kwd).</summary>
    public int Decimals { get; }

    /// <summary>All currencies that the product bills in.</summary>
    public static IEnumerable<Currency> All => Known.Values;

    /// <summary>The currency of a code, or null where the code is unknown. Case is ignored.</summary>
    public static Currency? Find(string? code) =>
        code is { Length: 3 } && Known.TryGetValue(code.ToLowerInvariant(), out var found) ? found : null;

    /// <summary>The currency of a code that is known to be valid (it comes from our own state).</summary>
    /// <exception cref="ArgumentException">The code is unknown.</exception>
    public static Currency Of(string code) =>
        Find(code) ?? throw new ArgumentException($"'{code}' is not an ISO 4217 currency code.", nameof(code));

    /// <inheritdoc/>
    public override string ToString() => Code;

    private static FrozenDictionary<string, Currency> Build()
    {
        const string none = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf";
        const string three = "bhd iqd jod kwd lyd omr tnd";
        const string two =
            "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf "
            + "chf cny cop crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl "
            + "htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop "
            + "mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd "
            + "scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs "
            + "ved ves wst xcd yer zar zmw zwg";
        return new[] { (none, 0), (two, 2), (three, 3) }
            .SelectMany(group => group.Item1.Split(' ').Select(code => new Currency(code, group.Item2)))
            .ToFrozenDictionary(currency => currency.Code, StringComparer.Ordinal);
    }
}
