using System.Text.Json.Nodes;
using OrleansBilling.Architecture.Tests.Guards;
using OrleansBilling.Architecture.Tests.Reading;

namespace OrleansBilling.Architecture.Tests;

/// <summary>The committed document of the API has the operations and the words that are promised to outside programs.</summary>
public sealed class ApiContractTests
{
    private static readonly string[] Operations =
    [
        "POST /v1/plans", "GET /v1/plans", "GET /v1/plans/{}", "POST /v1/plans/{}/versions", "POST /v1/plans/{}/archive",
        "POST /v1/meters", "GET /v1/meters", "GET /v1/meters/{}", "POST /v1/meters/{}/archive",
        "POST /v1/quotes/price", "POST /v1/quotes/schedule", "POST /v1/quotes/proration",
        "POST /v1/accounts", "GET /v1/accounts", "GET /v1/accounts/{}", "PATCH /v1/accounts/{}", "GET /v1/accounts/{}/timeline", "GET /v1/accounts/{}/statement",
        "POST /v1/accounts/{}/payment_methods", "GET /v1/accounts/{}/payment_methods", "DELETE /v1/accounts/{}/payment_methods/{}",
        "POST /v1/accounts/{}/payment_methods/{}/default", "POST /v1/accounts/{}/balance_adjustments",
        "POST /v1/subscriptions", "GET /v1/subscriptions", "GET /v1/subscriptions/{}", "POST /v1/subscriptions/{}/cancel", "POST /v1/subscriptions/{}/cancel/preview",
        "POST /v1/subscriptions/{}/uncancel", "POST /v1/subscriptions/{}/pause", "POST /v1/subscriptions/{}/pause/preview", "POST /v1/subscriptions/{}/resume", "POST /v1/subscriptions/{}/trial", "PATCH /v1/subscriptions/{}",
        "POST /v1/subscriptions/{}/pause_collection", "DELETE /v1/subscriptions/{}/pause_collection", "GET /v1/subscriptions/{}/upcoming_invoice",
        "GET /v1/invoices", "GET /v1/invoices/{}", "GET /v1/invoices/{}/lines", "POST /v1/invoices/{}/pay", "POST /v1/invoices/{}/void",
        "POST /v1/invoices/{}/mark_uncollectible", "POST /v1/invoices/{}/record_payment",
        "GET /v1/payments", "GET /v1/payments/{}", "POST /v1/payments/{}/refunds",
        "POST /v1/test_clocks", "GET /v1/test_clocks/{}", "POST /v1/test_clocks/{}/advance", "DELETE /v1/test_clocks/{}",
        "POST /v1/usage/events", "GET /v1/accounts/{}/usage", "POST /v1/usage/corrections",
        "GET /v1/events", "GET /v1/ledger/accounts", "GET /v1/ledger/entries", "GET /v1/ledger/trial_balance", "GET /v1/work_items", "POST /v1/work_items/{}/retry",
    ];

    private static readonly string[] Members =
    [
        "Account: id object name email external_id currency time_zone country address tax collection net_terms_days balance created_at metadata",
        "Plan: code name currency interval trial_days prices",
        "Subscription: id object status account plan plan_version items current_period trial_end anchor next_renewal_at pending_change cancel_at pause latest_invoice created_at metadata",
        "Invoice: id object number status account subscription legal_entity currency lines subtotal discount_total tax_total total wallet_applied credit_applied credited amount_due amount_paid amount_remaining issued_at due_at paid_at attempts created_at metadata",
        "InvoiceLine: id kind item price description period quantity unit_amount amount discount_amount tax_amount tax_rates explain",
        "TrialBalance: currency total data",
        "Problem: code field detail",
    ];

    private static readonly JsonNode Document = JsonNode.Parse(Repository.Read("docs/api/openapi.json"))!;

    [Fact]
    public void Promised_operations_are_there() => Guarded.Clean(ApiWords.MissingOperations(Document, Operations));

    [Fact]
    public void Promised_words_are_there() => Guarded.Clean([.. ApiWords.MissingMembers(Document, Members), .. ApiWords.OddLists(Document)]);

    [Fact]
    public void A_missing_operation_and_missing_words_are_reported()
    {
        var poor = JsonNode.Parse("""
            {"paths": {"/v1/plans/{code}": {"get": {}}, "/v1/plan": {"post": {}}},
             "components": {"schemas": {"Plan": {"properties": {"code": {}}}, "PlanList": {"properties": {"data": {}, "next": {}}}}}}
            """)!;
        Assert.Equal(["POST /v1/plans is missing", "DELETE /v1/plans/{} is missing"], ApiWords.MissingOperations(poor, ["POST /v1/plans", "GET /v1/plans/{}", "DELETE /v1/plans/{}"]));
        Assert.Equal(["Plan.name is missing", "Refund.id is missing"], ApiWords.MissingMembers(poor, ["Plan: code name", "Refund: id"]));
        Assert.Equal(["PlanList.has_more is missing", "PlanList.next_cursor is missing"], ApiWords.OddLists(poor));
    }
}
