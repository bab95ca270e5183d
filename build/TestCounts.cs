using System.Globalization;
using System.Xml.Linq;

/// <summary>The results of all test projects of a run, read from their result files (TRX).</summary>
internal sealed record TestCounts(int Passed, int Failed, int Skipped)
{
    public static TestCounts Read(string folder)
    {
        var total = new TestCounts(0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(folder, "*.trx"))
        {
            var counters = XDocument.Load(file).Descendants().First(element => element.Name.LocalName == "Counters");
            int Count(string name) => int.Parse(counters.Attribute(name)?.Value ?? "0", CultureInfo.InvariantCulture);
            var passed = Count("passed");
            // a test that was aborted or timed out counts as failed
            var executed = Count("executed");
            total = new TestCounts(total.Passed + passed, total.Failed + executed - passed, total.Skipped + Count("total") - executed);
        }

        return total;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed, {Skipped} skipped");
}
