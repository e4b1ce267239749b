using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>
/// Bills what the subscriptions of an account have gathered, one invoice for each boundary (<c>invoice_grouping: account</c>).
/// Key: <c>acct_...</c>
/// </summary>
[Alias("OrleansBilling.IGatheringGrain")]
public interface IGatheringGrain : IDueGrain;
