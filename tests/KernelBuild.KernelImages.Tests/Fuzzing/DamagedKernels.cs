using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Fuzzing;

public sealed class DamagedKernels
{
    [Fact]
    public void Damage_of_any_kind_is_an_answer_or_a_coded_error_and_takes_no_time()
    {
        var run = new KernelMutations(seed: 1);
        for (var i = 0; i < 3000; i++)
        {
            run.Step();
        }

        run.Read.ShouldBeGreaterThan(300);
        run.Refused.ShouldBeGreaterThan(300);
        run.Codes.ShouldContain("KB8005");
        run.Slowest.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }
}
