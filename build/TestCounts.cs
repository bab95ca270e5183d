using System.Globalization;
using System.Xml.Linq;

/// <summary>The results of all test projects of a run, read from their result files (TRX).</summary>
internal sealed record TestCounts(int Passed, int Failed, int Skipped)
{
    private const int LinesOfMessage = 12;

    /// <summary>A name and the first lines of the message, for each test that failed.</summary>
    public static IEnumerable<(string Test, string Message)> Failures(string folder) =>
        from file in Directory.EnumerateFiles(folder, "*.trx")
        from result in XDocument.Load(file).Descendants()
        where result.Name.LocalName == "UnitTestResult" && result.Attribute("outcome")?.Value is "Failed" or "Aborted" or "Timeout"
        let message = result.Descendants().FirstOrDefault(element => element.Name.LocalName == "Message")?.Value ?? "no message"
        orderby result.Attribute("testName")?.Value
        select (
            result.Attribute("testName")?.Value ?? "a test without a name",
            string.Join('\n', message.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).Take(LinesOfMessage)));

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
