using KernelBuild.Diagnostics;
using KernelBuild.Farm;

namespace KernelBuild.Tests.Farm;

public sealed class BuildFarmSettings
{
    [Theory]
    [InlineData("", "false")]
    [InlineData("False", "false")]
    [InlineData("icecc", "icecream")]
    [InlineData("icecream", "icecream")]
    [InlineData(" icecream://10.0.0.5 ", "icecream://10.0.0.5")]
    [InlineData("ICECREAM://farm.example.org:9000/arm", "icecream://farm.example.org:9000/arm")]
    [InlineData("icecream://farm:8765/", "icecream://farm")]
    [InlineData("distcc", "distcc")]
    [InlineData("distcc://a", "distcc://a/4")]
    [InlineData("distcc://a/8,b:4000/2,c:3632", "distcc://a/8,b:4000/2,c/4")]
    public void Every_form_is_read_and_written(string text, string canonical)
    {
        var setting = BuildFarmSetting.Parse(text);
        setting.ToString().ShouldBe(canonical);
        BuildFarmSetting.Parse(canonical).ToString().ShouldBe(canonical);
        setting.IsUsed.ShouldBe(canonical != "false");
    }

    [Theory]
    [InlineData("yes please", "is not understood")]
    [InlineData("http://a", "is not understood")]
    [InlineData("icecream://", "does not name a scheduler")]
    [InlineData("icecream://a/b/c", "does not name a scheduler")]
    [InlineData("icecream://a;rm -rf b", "does not name a scheduler")]
    [InlineData("icecream://a:0", "port 0")]
    [InlineData("icecream://a:65536", "port 65536")]
    [InlineData("distcc://", "has ''")]
    [InlineData("distcc://a/8 b/8", "has 'a/8 b/8'")]
    [InlineData("distcc://a,,b", "has ''")]
    [InlineData("distcc://-x", "has '-x'")]
    [InlineData("distcc://me@b:22/2", "has 'me@b:22/2'")]
    [InlineData("distcc://[::1]", "has '[::1]'")]
    [InlineData("distcc://a/0", "number of jobs 0")]
    [InlineData("distcc://a/99999999999", "number of jobs 99999999999")]
    [InlineData("distcc://a/2,a:3632/8", "names a host twice")]
    public void What_is_not_understood_says_why(string text, string why)
    {
        var finding = Should.Throw<DiagnosticException>(() => BuildFarmSetting.Parse(text)).Diagnostics.ShouldHaveSingleItem();
        finding.Code.ShouldBe(DiagnosticCodes.BuildFarmInvalid);
        finding.Message.ShouldContain(why);
    }
}
