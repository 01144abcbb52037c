import { FileAuditFiles } from '../../../adapters/embedded/file-audit-files.js';
import { describeAuditFilesContract } from '../../contract/audit-files.contract.js';
import { makeTemporaryDirectory, removeDirectory } from '../../support/temporary-directory.js';

describeAuditFilesContract('FileAuditFiles', async () => {
  const directory = await makeTemporaryDirectory();
  return { port: new FileAuditFiles(directory), dispose: () => removeDirectory(directory) };
});
