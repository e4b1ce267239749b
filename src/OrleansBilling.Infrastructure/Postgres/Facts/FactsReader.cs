using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Infrastructure.Postgres.Facts;

/// <summary>
/// Reads account facts from six columns: facts, credit, dunning policy, seller, whether lines wait, whether there is prepaid credit. One for a query: equal
/// texts are parsed once.
/// </summary>
internal sealed class FactsReader
{
    private readonly Dictionary<string, DunningPolicy> _policies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SellerFacts> _sellers = new(StringComparer.Ordinal);
    private string? _text;
    private AccountFacts? _facts;

    /// <summary>The facts of the row, or null where the account has none.</summary>
    public BillingFacts? Read(NpgsqlDataReader reader, int first)
    {
        if (reader.GetText(first) is not { } text)
        {
            return null;
        }

        if (!string.Equals(text, _text, StringComparison.Ordinal))
        {
            _text = text;
            _facts = BillingJson.Read<AccountFacts>(text);
        }

        var policyText = reader.GetString(first + 2);
        if (!_policies.TryGetValue(policyText, out var policy))
        {
            _policies.Add(policyText, policy = BillingJson.Read<DunningPolicy>(policyText));
        }

        var sellerText = reader.GetString(first + 3);
        if (!_sellers.TryGetValue(sellerText, out var seller))
        {
            _sellers.Add(sellerText, seller = BillingJson.Read<SellerFacts>(sellerText));
        }

        return new BillingFacts(_facts!, reader.GetInt64(first + 1), policy)
        {
            Seller = seller,
            HasPendingLines = reader.GetBoolean(first + 4),
            HasPrepaid = reader.GetBoolean(first + 5),
        };
    }
}
