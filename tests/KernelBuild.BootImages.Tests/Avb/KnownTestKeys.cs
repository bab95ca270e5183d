using KernelBuild.BootImages.Avb1;

namespace KernelBuild.BootImages.Tests.Avb;

/// <summary>Keys of AVB 1 that everybody has: the public half as AOSP's certificates carry it.</summary>
public sealed class KnownTestKeys
{
    private const string Verity =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6Ot4TS9NVJF6e7M72+dpZ+TR5DNhpvSCqmLrEDOLp2YP66CgQomZs+K4TkPB/bWKxn26FRS7R1Azjp0rihwr"
        + "ExGtyeYbHJ0Wfqh+zc4Mkxc6S/aApcv8V1sQ90NvHN27zPfKT5bru50z99btZtpDcM7SSe76LMpqT/dPjVzm6heZDzVQ20DNEbMZyE1VcyZa5MY6SDpT7QjZN3srzK9Q"
        + "xaEBY8+kou1Uf2sAvlPONg1H3aLN0pzPcCNGwjcJOO2mJUAEZ5fRNyNFK5kHsr0QrnodX44U1LojU0+N0PsUhKHIaWqpl1Q6QBRlhqdumB5Pk3tAvq66pwamhM6RqW7q"
        + "SQIDAQAB";

    [Fact]
    public void The_key_of_AOSPs_verity_certificate_is_a_test_key()
    {
        var key = Convert.FromBase64String(Verity);
        Avb1KnownKeys.NameOf(key).ShouldBe("AOSP test key \"verity\"");
        key[^10] ^= 1;
        Avb1KnownKeys.NameOf(key).ShouldBeNull();
    }
}
