// Keys made by ssh-keygen, and what ssh-keygen -l and -L say of them.
#include "ebpf/ssh_key.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"

using countersign::from_base64;
using countersign::ebpf::read_ssh_key;

TEST_CASE("plain keys: type and fingerprint as ssh-keygen -l") {
  const struct {
    const char *blob, *type, *fingerprint;
  } rows[] = {
      {"AAAAC3NzaC1lZDI1NTE5AAAAIK1vgm8Inq2wf/IRMAt8mAgwODjcwoVtWtX3DoN8JlIS", "ED25519",
       "SHA256:0ovmxn2utA9DxhAwyCF4b3NF3RUo5Pzh+qDWPKIb8ew"},
      {"AAAAB3NzaC1yc2EAAAADAQABAAABgQC+pSe4fh2hIoIj9tLBtzn9S9ImCVh147zYfKJJ7imMww1nfQLknS9ziREZpMUl/8K5KEYf"
       "tG+0HfYq+bjursAwcA5KjEUsQzTx4EaciPINhOCrnoMXgc6uaFFJ04P8/XKIZGFNKztbDrqQTyDCum+TMCg3tZ8ETZALDGzHNzRq"
       "wGYi+uzdR/sNzukVB/WIMtI8O4U4PYVQJaYpRKBjC765sW0Te2O4cIdjZfqqusqdQvuLZhCKszm0nGFCAsxe0J5Pw99WHK7AH8YN"
       "glwcdm+XTy6wZdNRa8GoDF2FvC5fKEJRix5zbHz6uzedhPIcWRWC1/y1/wXqO5z8AC3/JTAE3Bm7K6AZ62GFDREP/EQrCgfysKBj"
       "Z+S39QmGNqQx05wtUwChN/pz63nUg6qmcUydTskrvlFJpoIP2/CFN8fzcEC52XACbktB17sDOwDQ4spqFkxlfMJK9ZEuWaEqAlgS"
       "0pr8vzAJWY1lF2RGhUDU/24VQdvgy/ULPBFFTDhik7E=",
       "RSA", "SHA256:6qQC7IlAy623Fvi0nEsQa0rlkLgidpau9jr9i23+CQc"},
      {"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOV29Sw879IfXqCP3WM2H0Cy66HajbB8RpdcERDdgSXkY00H"
       "iA6M1jPl/CHSSXoSN7ZYAiiniRtgoFafBTD41ok=",
       "ECDSA", "SHA256:o1OkSvZlrOyk0a3ocpsR9/VgQtJiOjHVQ0eUd+wddQM"},
  };
  for (const auto& row : rows) {
    const auto key = read_ssh_key(from_base64(row.blob).value(), false);
    REQUIRE(key);
    CHECK(key->type == row.type);
    CHECK(key->fingerprint == row.fingerprint);
    CHECK(key->certificate.empty());
  }
}

TEST_CASE("a certificate: the key it certifies, id, serial and authority; cut, as far as it goes") {
  const struct {
    const char *blob, *type, *fingerprint, *authority;
  } rows[] = {
      {"AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIF47+qLy1kfD4Wa5ySp2X5iY+fUDtMOKCoVAH28TvsLLAAAA"
       "IK1vgm8Inq2wf/IRMAt8mAgwODjcwoVtWtX3DoN8JlIS//////////8AAAABAAAAEWFsaWNlQGV4YW1wbGUuY29tAAAAFAAAAAVh"
       "bGljZQAAAAdvc3dhbGRvAAAAAAAAAAD//////////wAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVy"
       "bWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAA"
       "DnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAII8DAP6lM4KsLDrK8tMHlIHFHS50YBxsTsLl8hVj"
       "RQbVAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEB2phd0FGukSUFaFFD0WVn9yacMBStOkavU2Dl49YxTLw9Zc1ityHwaTVIL/zww7tkH"
       "cN37WmwLQqNxYf/dzM8D",
       "ED25519", "SHA256:0ovmxn2utA9DxhAwyCF4b3NF3RUo5Pzh+qDWPKIb8ew",
       "SHA256:Vlmk3X+Z3Y+oqVURz+37iFcUjUOntDDSYUyIHG0J4/4"},
      {"AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgg/ZOpnTFhUrU1ldjztBvS1Gyxh7ryPRJ/h53X/vapOAAAAADAQAB"
       "AAABgQC+pSe4fh2hIoIj9tLBtzn9S9ImCVh147zYfKJJ7imMww1nfQLknS9ziREZpMUl/8K5KEYftG+0HfYq+bjursAwcA5KjEUs"
       "QzTx4EaciPINhOCrnoMXgc6uaFFJ04P8/XKIZGFNKztbDrqQTyDCum+TMCg3tZ8ETZALDGzHNzRqwGYi+uzdR/sNzukVB/WIMtI8"
       "O4U4PYVQJaYpRKBjC765sW0Te2O4cIdjZfqqusqdQvuLZhCKszm0nGFCAsxe0J5Pw99WHK7AH8YNglwcdm+XTy6wZdNRa8GoDF2F"
       "vC5fKEJRix5zbHz6uzedhPIcWRWC1/y1/wXqO5z8AC3/JTAE3Bm7K6AZ62GFDREP/EQrCgfysKBjZ+S39QmGNqQx05wtUwChN/pz"
       "63nUg6qmcUydTskrvlFJpoIP2/CFN8fzcEC52XACbktB17sDOwDQ4spqFkxlfMJK9ZEuWaEqAlgS0pr8vzAJWY1lF2RGhUDU/24V"
       "Qdvgy/ULPBFFTDhik7H//////////wAAAAEAAAARYWxpY2VAZXhhbXBsZS5jb20AAAAUAAAABWFsaWNlAAAAB29zd2FsZG8AAAAA"
       "AAAAAP//////////AAAAAAAAAIIAAAAVcGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdwZXJtaXQtYWdlbnQtZm9yd2FyZGlu"
       "ZwAAAAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAA"
       "AAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgjwMA/qUzgqwsOsry0weUgcUdLnRgHGxOwuXyFWNFBtUAAABTAAAAC3NzaC1lZDI1"
       "NTE5AAAAQAwYFPhSqfJEM7HlkY5GyH49XmB4h5Y+6uuEDiYsI9OH/alpjeEFz+gdj/94ZD9hA3zOF3zqkyWhvV6Hml/few4=",
       "RSA", "SHA256:6qQC7IlAy623Fvi0nEsQa0rlkLgidpau9jr9i23+CQc",
       "SHA256:Vlmk3X+Z3Y+oqVURz+37iFcUjUOntDDSYUyIHG0J4/4"},
      {"AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgKrKVtazLcQrpoHCEVd5ZOCu6BCIk2wymnFcQ"
       "7dNd9egAAAAIbmlzdHAyNTYAAABBBOV29Sw879IfXqCP3WM2H0Cy66HajbB8RpdcERDdgSXkY00HiA6M1jPl/CHSSXoSN7ZYAiin"
       "iRtgoFafBTD41on//////////wAAAAEAAAARYWxpY2VAZXhhbXBsZS5jb20AAAAUAAAABWFsaWNlAAAAB29zd2FsZG8AAAAAAAAA"
       "AP//////////AAAAAAAAAIIAAAAVcGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdwZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAA"
       "AAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAAAAAA"
       "AAAAADMAAAALc3NoLWVkMjU1MTkAAAAgjwMA/qUzgqwsOsry0weUgcUdLnRgHGxOwuXyFWNFBtUAAABTAAAAC3NzaC1lZDI1NTE5"
       "AAAAQHFVfS7UwJyB54wl5nGyGUc7+gzcK6LiB1o/5fQ67ZZ4IW3MXmYBO3ptG/UKD/330CfQWWN0SEJjjZqNf5jXZQQ=",
       "ECDSA", "SHA256:o1OkSvZlrOyk0a3ocpsR9/VgQtJiOjHVQ0eUd+wddQM",
       "SHA256:Vlmk3X+Z3Y+oqVURz+37iFcUjUOntDDSYUyIHG0J4/4"},
  };
  for (const auto& row : rows) {
    const auto blob = from_base64(row.blob).value();
    const auto key = read_ssh_key(blob, false);
    REQUIRE(key);
    CHECK(key->type == row.type);
    CHECK(key->fingerprint == row.fingerprint);
    CHECK(key->certificate == "alice@example.com");
    CHECK(key->serial == "18446744073709551615");
    CHECK(key->authority == row.authority);
    const auto cut = read_ssh_key(blob.substr(0, blob.size() - 100), true);
    REQUIRE(cut);
    CHECK(cut->fingerprint == row.fingerprint);
    CHECK(cut->certificate.empty());
    for (std::size_t size = 0; size < blob.size(); ++size)
      (void)read_ssh_key(blob.substr(0, size), true);
  }
}

TEST_CASE("no key, and a key that ends early") {
  CHECK(!read_ssh_key("", false));
  CHECK(!read_ssh_key("ssh-ed25519", false));
  const auto blob = from_base64("AAAAC3NzaC1lZDI1NTE5AAAAIK1vgm8Inq2wf/IRMAt8mAgwODjcwoVtWtX3DoN8JlIS").value();
  CHECK(read_ssh_key(blob, false));
  CHECK(!read_ssh_key(blob, true));
}
