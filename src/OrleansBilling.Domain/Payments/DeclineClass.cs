using System.Collections.Frozen;

namespace OrleansBilling.Domain.Payments;

/// <summary>What a decline means for the next try.</summary>
public enum DeclineClass
{
    /// <summary>Never again on the same credential: lost, stolen, closed, revoked. Ask for another method.</summary>
    Hard,

    /// <summary>The customer has to act: authenticate, correct or replace the card.</summary>
    Customer,

    /// <summary>May succeed later: no funds, limits, the issuer's opinion. By the schedule.</summary>
    Soft,

    /// <summary>The issuer or processor was not reached.</summary>
    Technical,

    /// <summary>The processor takes it for a repeat: look for an existing success first.</summary>
    Duplicate,
}

/// <summary>
/// The class of each decline code, as data. Source: our reading of the next-step texts of Stripe's decline codes, edition
/// 2026-11; there is no official table. A code that is not listed counts as <see cref="DeclineClass.Soft"/>: the schedule
/// and its end bound how often it is tried.
/// </summary>
public static class DeclineClasses
{
    /// <summary>The gateway's advice that outranks its decline code: never again on the same credential.</summary>
    public const string DoNotTryAgain = "do_not_try_again";

    private static readonly FrozenDictionary<string, DeclineClass> Table = new (DeclineClass Class, string Codes)[]
    {
        (DeclineClass.Hard,
            "lost_card stolen_card pickup_card invalid_account incorrect_number invalid_number fraudulent "
            + "revocation_of_authorization revocation_of_all_authorizations stop_payment_order merchant_blacklist"),
        (DeclineClass.Customer,
            "authentication_required authentication_not_handled expired_card incorrect_cvc incorrect_zip incorrect_address "
            + "incorrect_pin invalid_expiry_month invalid_expiry_year card_not_supported currency_not_supported "
            + "new_account_information_available"),
        (DeclineClass.Soft,
            "insufficient_funds card_velocity_exceeded withdrawal_count_limit_exceeded do_not_honor generic_decline card_declined "
            + "no_action_taken call_issuer approve_with_id transaction_not_allowed service_not_allowed not_permitted "
            + "security_violation restricted_card"),
        (DeclineClass.Technical, "issuer_not_available processing_error reenter_transaction"),
        (DeclineClass.Duplicate, "duplicate_transaction"),
    }
        .SelectMany(row => row.Codes.Split(' ').Select(code => (Code: code, row.Class)))
        .ToFrozenDictionary(row => row.Code, row => row.Class, StringComparer.Ordinal);

    /// <summary>The codes that never allow another try on the same credential; stores read attempts by them.</summary>
    public static IReadOnlyList<string> HardCodes { get; } =
        [.. Table.Where(row => row.Value is DeclineClass.Hard).Select(row => row.Key).Order(StringComparer.Ordinal)];

    /// <summary>The class of a code alone.</summary>
    public static DeclineClass Of(string code) => Table.GetValueOrDefault(code, DeclineClass.Soft);

    /// <summary>The class of a decline: the gateway's advice outranks the code; it can only make it harder.</summary>
    public static DeclineClass Of(string code, string? advice) => advice is DoNotTryAgain ? DeclineClass.Hard : Of(code);

    /// <summary>True where the attempt's outcome forbids another try with its payment method.</summary>
    public static bool BlocksMethod(PaymentAttempt attempt) =>
        attempt is { Status: AttemptStatus.Failed, DeclineCode: { } code } && Of(code, attempt.Advice) is DeclineClass.Hard;
}
