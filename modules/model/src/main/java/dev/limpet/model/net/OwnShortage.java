package dev.limpet.model.net;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells failures that are this process's or machine's own from those of whom it wanted to reach.
 */
public final class OwnShortage {

  /** The system's words for EMFILE and ENFILE, ENOBUFS and ENOMEM. */
  private static final List<String> SIGNS =
      List.of(
          "Too many open files",
          "File table overflow",
          "No buffer space available",
          "Cannot allocate memory");

  private OwnShortage() {}

  /**
   * @return what there is too little of, in words for an operator; null where the failure says
   *     nothing of the kind
   */
  public static @Nullable String of(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      for (String sign : SIGNS) {
        if (message.contains(sign)) {
          return sign.equals(SIGNS.getFirst()) ? "too many open files (see ulimit -n)" : sign;
        }
      }
    }
    return null;
  }
}
