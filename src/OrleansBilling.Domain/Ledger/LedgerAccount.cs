namespace OrleansBilling.Domain.Ledger;

/// <summary>The side on which an account of the chart normally stands.</summary>
public enum LedgerAccountType
{
    /// <summary>What we own or are owed; debit side.</summary>
    Asset,

    /// <summary>What we owe; credit side.</summary>
    Liability,

    /// <summary>What we earned; credit side.</summary>
    Revenue,

    /// <summary>What it cost us; debit side.</summary>
    Expense,
}

/// <summary>An account of the chart. The chart is closed: <see cref="All"/>.</summary>
/// <param name="Code">Stable name, snake_case.</param>
/// <param name="Type">Its normal side.</param>
/// <param name="Meaning">One sentence for Finance.</param>
public sealed record LedgerAccount(string Code, LedgerAccountType Type, string Meaning)
{
    /// <summary>What customers owe on issued invoices.</summary>
    public static readonly LedgerAccount Receivable = new("accounts_receivable", LedgerAccountType.Asset, "What customers owe on issued invoices.");

    /// <summary>Money taken by a gateway and not yet paid out, or received outside the gateways.</summary>
    public static readonly LedgerAccount GatewayClearing = new("gateway_clearing", LedgerAccountType.Asset, "Money taken by payment gateways and not yet paid out to us.");

    /// <summary>Money received outside the gateways: transfers, cheques.</summary>
    public static readonly LedgerAccount OffGateway = new("off_gateway_receipts", LedgerAccountType.Asset, "Money received outside the gateways, such as bank transfers.");

    /// <summary>What was billed, net of tax, less credits for unused time.</summary>
    public static readonly LedgerAccount Revenue = new("billed_revenue", LedgerAccountType.Revenue, "What was billed net of tax, less credits; recognition over time reads it from here.");

    /// <summary>Tax billed and owed to the authorities.</summary>
    public static readonly LedgerAccount TaxPayable = new("tax_payable", LedgerAccountType.Liability, "Tax billed and owed to the authorities.");

    /// <summary>Credit balances of customers.</summary>
    public static readonly LedgerAccount CustomerCredit = new("customer_credit", LedgerAccountType.Liability, "Credit balances that we owe to customers.");

    /// <summary>Credit on its way to an open invoice: neither spendable nor refundable until it has arrived.</summary>
    public static readonly LedgerAccount CreditInTransit = new("credit_in_transit", LedgerAccountType.Liability, "Credit on its way to an open invoice, neither spendable nor refundable until it has arrived.");

    /// <summary>Credit given or taken by hand.</summary>
    public static readonly LedgerAccount BalanceAdjustments = new("balance_adjustments", LedgerAccountType.Expense, "Credit given to (or taken from) customers by hand.");

    /// <summary>Invoices written off.</summary>
    public static readonly LedgerAccount BadDebt = new("bad_debt", LedgerAccountType.Expense, "Receivables written off as uncollectible.");

    /// <summary>Money sent back without a credit note.</summary>
    public static readonly LedgerAccount Refunds = new("refunds", LedgerAccountType.Expense, "Money sent back to customers without a credit note; stands against revenue.");

    /// <summary>Money of credit notes on its way back to customers.</summary>
    public static readonly LedgerAccount RefundsPayable = new("refunds_payable", LedgerAccountType.Liability, "Money of credit notes that is on its way back to customers.");

    /// <summary>Prepaid credit that is not used yet.</summary>
    public static readonly LedgerAccount PrepaidCredit = new("prepaid_credit", LedgerAccountType.Liability, "Prepaid credit of wallets that is not used yet: deferred revenue.");

    /// <summary>Sold prepaid credit that ended unused.</summary>
    public static readonly LedgerAccount Breakage = new("breakage", LedgerAccountType.Revenue, "Prepaid credit that was sold and ended unused.");

    /// <summary>Prepaid credit that was given, not sold.</summary>
    public static readonly LedgerAccount PromotionalCredit = new("promotional_credit", LedgerAccountType.Expense, "Prepaid credit given without a price, less what of it ended unused; stands against revenue.");

    /// <summary>The whole chart of accounts.</summary>
    public static IReadOnlyList<LedgerAccount> All { get; } =
    [
        Receivable, GatewayClearing, OffGateway, Revenue, TaxPayable, CustomerCredit, CreditInTransit, BalanceAdjustments, BadDebt, Refunds,
        RefundsPayable, PrepaidCredit, Breakage, PromotionalCredit,
    ];

    /// <summary>The account of a code that comes from our own rows.</summary>
    /// <exception cref="ArgumentException">The chart has no such account.</exception>
    public static LedgerAccount Of(string code) =>
        All.FirstOrDefault(account => account.Code == code) ?? throw new ArgumentException($"The chart has no account '{code}'.", nameof(code));
}
